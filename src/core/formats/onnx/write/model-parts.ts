import type { Item } from './emission';
import type { Piece } from './pieces';
import type { TensorEntry } from './tensor-section';

/** A model as pieces: what comes before and behind its tensors, and these. */
export interface ModelParts {
  readonly tensors: readonly TensorEntry[];
  /** The whole file, given the fields of its tensors. */
  assemble(tensors: readonly Piece[]): Piece;
}

/** Nodes by the place they have in the file, each behind what it reads. */
export function inOrder(items: readonly Item[]): Item[] {
  const makers = new Map(items.flatMap((item) => item.makes.map((name) => [name, item] as const)));
  const sorted = items
    .map((item, i) => ({ item, i }))
    .sort((a, b) => a.item.place - b.item.place || a.i - b.i);
  const result: Item[] = [];
  const placed = new Set<Item>();
  const visit = (item: Item): void => {
    if (placed.has(item)) return;
    placed.add(item);
    for (const name of item.reads) {
      const maker = makers.get(name);
      if (maker) visit(maker);
    }
    result.push(item);
  };
  for (const { item } of sorted) visit(item);
  return result;
}
