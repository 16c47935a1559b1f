/** Every group of kernel positions. `square` and `border` are the corner and skeleton of the border variant. */
export const POSITION_GROUPS = ['corner', 'skeleton', 'global', 'square', 'border'] as const;

/** A group of kernel positions. */
export type PositionGroup = (typeof POSITION_GROUPS)[number];

/** What a group is called. */
export interface GroupWords {
  readonly group: PositionGroup;
  /** In tables and keys; small letters beside a curve. */
  readonly name: string;
  /** In a sentence. */
  readonly phrase: string;
}

const WORDS: Readonly<Record<PositionGroup, Omit<GroupWords, 'group'>>> = {
  corner: { name: 'Corners', phrase: 'the corners' },
  skeleton: { name: 'Skeleton', phrase: 'the skeleton' },
  global: { name: 'All positions', phrase: 'all positions' },
  square: { name: 'Top-left square', phrase: 'the top-left square' },
  border: { name: 'Bottom-right border', phrase: 'the bottom-right border' },
};

/** All groups with their names. */
export const GROUPS: readonly GroupWords[] = POSITION_GROUPS.map((group) => ({ group, ...WORDS[group] }));
