import { UserError } from '../../core/errors';
import type { Answers } from './head';

/** How often a network was right on labelled images. */
export interface Accuracy {
  readonly images: number;
  /** Percent. */
  readonly top1: number;
  /** Percent; absent where there are no more than five classes, so that it is 100 whatever the network does. */
  readonly top5?: number;
  /** Mean, without label smoothing and weight decay; absent where no loss fits the network's end. */
  readonly loss?: number;
}

/** The same of a network that can be trained. */
export interface Score extends Accuracy {
  readonly loss: number;
}

/** Adds up accuracy and loss over batches, from logits, or from the outputs where there is no loss. */
export class Scorer {
  private images = 0;
  private first = 0;
  private amongFive = 0;
  private loss = 0;

  constructor(private readonly head: Answers) {}

  /**
   * @param logits labels.length × units
   * @throws UserError when a logit is not a number.
   */
  add(logits: Float32Array, labels: Int32Array): void {
    const { units, loss } = this.head;
    labels.forEach((label, i) => {
      const row = logits.subarray(i * units, (i + 1) * units);
      requireNumbers(row);
      const rank = loss === 'binary' ? Number(row[0] > 0 !== (label === 1)) : rankOf(row, label);
      if (rank === 0) this.first++;
      if (rank < 5) this.amongFive++;
      if (loss)
        this.loss += loss === 'categorical' ? crossEntropy(row, label) : binaryCrossEntropy(row, label, loss);
    });
    this.images += labels.length;
  }

  get score(): Accuracy {
    const { images } = this;
    const { units, loss } = this.head;
    return {
      images,
      top1: (100 * this.first) / images,
      ...(units > 5 && { top5: (100 * this.amongFive) / images }),
      ...(loss && { loss: this.loss / images }),
    };
  }
}

/**
 * The top-1 class of each row of logits, by the rule that the score goes by.
 * @throws UserError when a logit is not a number.
 */
export function topClasses(logits: Float32Array, { units, loss }: Answers): Int32Array {
  return Int32Array.from({ length: logits.length / units }, (_, i) => {
    const row = logits.subarray(i * units, (i + 1) * units);
    requireNumbers(row);
    if (loss === 'binary') return Number(row[0] > 0);
    return row.reduce((best, value, index) => (value > row[best] ? index : best), 0);
  });
}

function requireNumbers(row: Float32Array): void {
  if (row.some(Number.isNaN)) throw new UserError("the network's output is not a number", { found: 'NaN' });
}

/** How many classes come before the label; of equal ones the lower index comes first, as arg max has it. */
function rankOf(row: Float32Array, label: number): number {
  let rank = 0;
  row.forEach((value, index) => {
    if (value > row[label] || (value === row[label] && index < label)) rank++;
  });
  return rank;
}

/** −log softmax(row)[label] */
function crossEntropy(row: Float32Array, label: number): number {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = row.reduce((total, value) => total + Math.exp(value - most), 0);
  return Math.log(sum) + most - row[label];
}

/** Mean over the units of log(1 + e^x) − target · x, the way that does not overflow. */
function binaryCrossEntropy(row: Float32Array, label: number, kind: 'binary' | 'multiLabel'): number {
  let total = 0;
  row.forEach((x, unit) => {
    const target = kind === 'binary' ? label : Number(unit === label);
    total += Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x)));
  });
  return total / row.length;
}
