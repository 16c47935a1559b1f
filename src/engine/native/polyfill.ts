import util from 'node:util';

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined` and `util.isArray`, which Node 23 removed, in nearly every kernel
 * (tensorflow/tfjs#8609; the fix was never released). Defined again before the first kernel runs.
 */
export function restoreRemovedUtilities(): void {
  const target = util as unknown as Record<string, unknown>;
  target.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  target.isArray ??= Array.isArray;
}
