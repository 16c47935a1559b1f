/**
 * A group of kernel positions. `square` and `border` are the corner and skeleton of the
 * border variant.
 */
export type PositionGroup = 'corner' | 'skeleton' | 'global' | 'square' | 'border';

export const POSITION_GROUPS: readonly PositionGroup[] = ['corner', 'skeleton', 'global', 'square', 'border'];
