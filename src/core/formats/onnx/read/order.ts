/**
 * How a value of the graph lies to a value of the file: axis i of ours is axis `order[i]` of the file's. Undefined where
 * the rank is unknown; then it lies as it does in the file.
 */
export type Order = readonly number[] | undefined;

/** Images of the file are N × C × H × W, ours N × H × W × C. */
export const IMAGE: readonly number[] = [0, 2, 3, 1];

/** The order of a value that lies as it does in the file. */
export function plainOrder(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** True if two values lie alike; of unknown ranks only both. */
export function sameOrder(a: Order, b: Order): boolean {
  return a?.length === b?.length && (a ?? []).every((axis, i) => axis === b?.[i]);
}

/** The transposition that takes a value from one order to another: axis i of the result is axis `result[i]`. */
export function between(from: readonly number[], to: readonly number[]): number[] {
  return to.map((axis) => from.indexOf(axis));
}

/** The order after the file transposes a value: its axis i becomes what was axis `perm[i]`. */
export function transposed(order: readonly number[], perm: readonly number[]): number[] {
  return order.map((axis) => perm.indexOf(axis));
}
