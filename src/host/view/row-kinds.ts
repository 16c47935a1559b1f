import type { CheckpointState } from './describe';

/** The view as VS Code knows it. */
export const VIEW = 'acnet.checkpoints';

/** What is known of a row's file. */
export type RowFacts =
  | { readonly phase: 'reading' | 'unreadable' }
  | {
      readonly phase: 'read';
      readonly state: CheckpointState;
      readonly convertible: boolean;
      readonly exportable: boolean;
    };

/** What VS Code gets to know of a row, for the `when` clauses of the view's menus. */
export function contextValueOf(facts: RowFacts): string {
  if (facts.phase !== 'read') return facts.phase;
  const { state, convertible, exportable } = facts;
  return `checkpoint-${state}${convertible ? '-convertible' : ''}${exportable ? '-exportable' : ''}`;
}

/** Rows that a menu of the view is for, as patterns of what `contextValueOf` says. */
export const ROW_KINDS = {
  file: /^(checkpoint|reading|unreadable)/,
  checkpoint: /^checkpoint/,
  acnet: /^checkpoint-acnet/,
  convertible: /^checkpoint-.*convertible/,
  exportable: /^checkpoint-.*exportable/,
} satisfies Record<string, RegExp>;

/** The name of one, as menus say it. */
export type RowKind = keyof typeof ROW_KINDS;
