import type { Pair } from '../graph/padding';
import type { PositionGroup } from '../../shared/position-groups';

/** Row of the skeleton in a kernel of `size` rows: ⌊(k−1)/2⌋. */
export function skeletonIndex(size: number): number {
  return Math.floor((size - 1) / 2);
}

/** Does a kernel position belong to a group? */
export function inGroup(group: PositionGroup, [height, width]: Pair, row: number, column: number): boolean {
  const onSkeleton = row === skeletonIndex(height) || column === skeletonIndex(width);
  const onBorder = row === height - 1 || column === width - 1;
  switch (group) {
    case 'corner':
      return !onSkeleton;
    case 'skeleton':
      return onSkeleton;
    case 'square':
      return !onBorder;
    case 'border':
      return onBorder;
    case 'global':
      return true;
  }
}

/** Share of a kernel's positions that a group holds: the largest ratio its pruning can reach. */
export function groupShare(group: PositionGroup, size: Pair): number {
  let count = 0;
  for (let row = 0; row < size[0]; row++) {
    for (let column = 0; column < size[1]; column++) count += inGroup(group, size, row, column) ? 1 : 0;
  }
  return count / (size[0] * size[1]);
}
