import { realpathSync } from 'node:fs';
import path from 'node:path';
import { matchesGlobs } from '../../core/acnet/glob';
import { compareKernels, type KernelComparison, type KernelsKind } from '../../core/analysis/compare-kernels';
import type { Checkpoint } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import { formatOf } from '../../core/formats/registry';
import { openCheckpointPair, type OpenOptions } from '../../files/open';
import { breathe, type OperationContext } from '../kit/context';
import { Meter } from '../kit/meter';
import type { CompareKernelsResult, ComparedFileResult } from '../../contract/results';

/** Which kernels are compared. */
export interface CompareKernelsOptions extends OpenOptions {
  /** Glob over layer names of either file, comma separated; every kernel when absent. */
  readonly layers?: string | undefined;
}

/**
 * Compares the k×k kernels of two files: which belong together, how much each changed, and how their average magnitudes
 * differ. Reads all of them, one of each file at a time.
 * @throws CheckpointError if a file cannot be read, or a weight is NaN or infinite
 * @throws UserError if both are one file, or have no kernel in common
 */
export async function compareKernelsOfFiles(
  before: string,
  after: string,
  { layers, ...options }: CompareKernelsOptions,
  context: Pick<OperationContext, 'signal' | 'pause' | 'onProgress'>,
): Promise<CompareKernelsResult> {
  if (isOneFile(before, after)) {
    throw new UserError('a checkpoint cannot be compared with itself', {
      path: before,
      found: 'the same file twice',
      expected: 'two files',
    });
  }
  const [own, other] = await openCheckpointPair([before, after], options);
  try {
    const { kinds, ...comparison } = await compared(own, other, layers, context);
    return {
      before: fileOf(own, before, kinds.before),
      after: fileOf(other, after, kinds.after),
      ...comparison,
    };
  } finally {
    other.close();
    own.close();
  }
}

async function compared(
  own: Checkpoint,
  other: Checkpoint,
  layers: string | undefined,
  context: Pick<OperationContext, 'signal' | 'pause' | 'onProgress'>,
): Promise<KernelComparison> {
  const steps = compareKernels(own, other, layers === undefined ? undefined : matchesGlobs(layers));
  let meter: Meter | undefined;
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    meter ??= new Meter(context, 'Comparing kernels', value.total);
    meter.add(1);
    await breathe(context, meter);
  }
}

function fileOf(checkpoint: Checkpoint, file: string, kind: KernelsKind): ComparedFileResult {
  return { path: file, formatLabel: formatOf(checkpoint).label, size: checkpoint.size, kind };
}

/** Links are followed; what cannot be found is for whoever opens it to report. */
function isOneFile(a: string, b: string): boolean {
  const real = (file: string): string => {
    try {
      return realpathSync(file);
    } catch {
      return path.resolve(file);
    }
  };
  return real(a) === real(b);
}
