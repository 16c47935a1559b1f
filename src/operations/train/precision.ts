import type { Backend, Precision } from '../../engine/backend';

/** So much more than float32 is reported; less may be the chance of a moment. */
const SLOWER = 1.25;

/**
 * A processor without arithmetic of a precision computes it all the same, many times slower.
 * @returns one line, where it does
 */
export function precisionWarning(backend: Backend, precision: Precision = 'float32'): string | undefined {
  const cost = backend.cost?.(precision) ?? 1;
  if (cost < SLOWER) return undefined;
  return `convolutions in ${precision} take ${cost.toFixed(1)} times as long as in float32 on this processor`;
}
