import type { Result } from '../../engine/backend';
import type { VerifyResult } from '../../contract/results';
import type { BlockComparison, VerifyEvidence } from '../../contract/results';

/** What was seen of one tensor so far. */
interface Seen {
  difference: number;
  magnitude: number;
  notFinite: string | undefined;
}

/** One value of two networks that is compared. */
export interface Compared {
  readonly name: string;
  /** Of an output behind a final softmax or sigmoid: the value that goes into it, compared too. */
  readonly before?: string;
}

/** As a result shows it, and whether each pair passed. */
export interface Evidence extends VerifyEvidence {
  readonly blocks?: BlockComparison & { readonly passed: boolean };
}

function comparison({
  passed: _,
  ...blocks
}: BlockComparison & { readonly passed: boolean }): BlockComparison {
  return blocks;
}

/** Adds up the differences of two networks' values over batches. */
export class Comparison {
  private readonly names: readonly string[];
  private readonly seen: Seen[];
  private samples = 0;

  /** @param values in the order in which they come. */
  constructor(
    private readonly values: readonly Compared[],
    private readonly tolerance: number,
  ) {
    this.names = values.map(({ name }) => name);
    this.seen = values.map(() => ({ difference: 0, magnitude: 0, notFinite: undefined }));
  }

  add(reference: readonly Result[], other: readonly Result[], count: number): void {
    this.seen.forEach((seen, i) => compare(seen, reference[i].values, other[i].values));
    this.samples += count;
  }

  /** What was seen so far, judged by the blocks where these were compared. */
  result({ blocks, ...evidence }: Evidence = {}): VerifyResult {
    const { tolerance, samples, tensors } = this;
    const problem = this.problem();
    const maxAbs = Math.max(...tensors.map((tensor) => tensor.maxAbs));
    const maxRel = Math.max(...tensors.map((tensor) => tensor.maxRel));
    const passed = problem === undefined && (blocks?.passed ?? maxRel <= tolerance);
    return {
      samples,
      maxAbs,
      maxRel,
      passed,
      tolerance,
      tensors,
      ...evidence,
      ...(blocks && { blocks: comparison(blocks) }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** The largest relative difference so far. */
  get maxRel(): number {
    return Math.max(...this.tensors.map(({ maxRel }) => maxRel));
  }

  private get tensors(): VerifyResult['tensors'] {
    return this.seen.map(({ difference }, i) => ({
      name: this.names[i],
      maxAbs: difference,
      maxRel: this.scale(i) === 0 ? 0 : difference / this.scale(i),
    }));
  }

  /**
   * What a value's differences are compared with: its largest magnitude. A softmax or sigmoid passes an absolute
   * difference of what goes into it on, at most as it is, however small its own values: so there the larger of the two counts.
   */
  private scale(index: number): number {
    const { before } = this.values[index];
    const source = before === undefined ? undefined : this.seen[this.names.indexOf(before)];
    return Math.max(this.seen[index].magnitude, source?.magnitude ?? 0);
  }

  private problem(): string | undefined {
    if (this.samples === 0) return 'nothing was compared';
    for (const [i, { notFinite, magnitude }] of this.seen.entries()) {
      if (notFinite !== undefined) return `${this.names[i]} holds ${notFinite}`;
      if (magnitude === 0)
        return `${this.names[i]} of the reference is zero everywhere, which proves nothing`;
    }
    return undefined;
  }
}

/** Differences of values that are not numbers are left out: such a value is the problem itself. */
function compare(seen: Seen, reference: Float32Array, other: Float32Array): void {
  if (reference.length !== other.length) {
    seen.notFinite ??= `${other.length} values for ${reference.length} of the reference`;
    return;
  }
  for (let i = 0; i < reference.length; i++) {
    const odd = [reference[i], other[i]].find((value) => !Number.isFinite(value));
    if (odd !== undefined) seen.notFinite ??= Number.isNaN(odd) ? 'NaN' : 'an infinite number';
    else {
      seen.difference = Math.max(seen.difference, Math.abs(reference[i] - other[i]));
      seen.magnitude = Math.max(seen.magnitude, Math.abs(reference[i]));
    }
  }
}
