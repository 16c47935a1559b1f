import { UserError } from '../../core/errors';
import type { Head } from './head';

/** How well a network did on labelled images. */
export interface Score {
  readonly images: number;
  /** Percent. */
  readonly top1: number;
  /** Percent. */
  readonly top5: number;
  /** Mean, without label smoothing and weight decay. */
  readonly loss: number;
}

/** Adds up accuracy and loss over batches, from logits. */
export class Scorer {
  private images = 0;
  private first = 0;
  private amongFive = 0;
  private loss = 0;

  constructor(private readonly head: Head) {}

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
      this.loss += loss === 'categorical' ? crossEntropy(row, label) : binaryCrossEntropy(row, label, loss);
    });
    this.images += labels.length;
  }

  get score(): Score {
    const { images } = this;
    return {
      images,
      top1: (100 * this.first) / images,
      top5: (100 * this.amongFive) / images,
      loss: this.loss / images,
    };
  }
}

/**
 * The top-1 class of each row of logits, by the rule that the score goes by.
 * @throws UserError when a logit is not a number.
 */
export function topClasses(logits: Float32Array, { units, loss }: Head): Int32Array {
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
