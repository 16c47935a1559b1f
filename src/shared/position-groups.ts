/** Every group of kernel positions. `square` and `border` are the corner and skeleton of the border variant. */
export const POSITION_GROUPS = ['corner', 'skeleton', 'global', 'square', 'border'] as const;

/** A group of kernel positions. */
export type PositionGroup = (typeof POSITION_GROUPS)[number];
