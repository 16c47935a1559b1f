/** What a tab of the page is. Everything that lists tabs follows from the records that `tab` makes. */
import type { FunctionComponent, VNode } from 'preact';
import type { InspectorState, JobState } from '../../src/contract/page';
import type { RunPhase } from '../../src/contract/run';
import type { InspectResult } from '../../src/contract/results';
import type { Action } from '../ui/action';
import type { Format } from '../../src/shared/format';
import type { Viewport } from '../ui/viewport';
import type { Choices, Choose, Chosen } from './choices';

/** Turns to another tab with some of its choices made. */
type Show = <C extends Choices>(of: C, change: Partial<Chosen<C>>) => void;

/** What the content of every tab is given. */
export interface TabProps<C extends Choices> {
  readonly state: InspectorState;
  readonly inspected: InspectResult;
  readonly choices: Chosen<C>;
  readonly choose: Choose<C>;
  readonly show: Show;
  readonly format: Format;
  readonly viewport: Viewport;
}

/** What stands at the head of the page in place of the file's name, facts and first actions. */
export interface Head {
  readonly title: string;
  readonly tooltip: string;
  readonly facts: readonly string[];
  /** Come before the usual ones. */
  readonly actions: readonly Action[];
}

/** What a tab says of itself. */
export interface TabRecord<C extends Choices> {
  readonly label: string;
  readonly choices: C;
  /** Whose run the tab shows: while it is under way here, no other bar tells of it. */
  readonly job?: {
    readonly kind: JobState['kind'];
    readonly phase: (state: InspectorState) => RunPhase | undefined;
  };
  /** Whether the content is all there: before, the page may be too short for where it was scrolled to. */
  readonly isComplete?: (state: InspectorState) => boolean;
  /** Undefined where the file itself is what the page is about. */
  readonly head?: (state: InspectorState, format: Format) => Head | undefined;
  /** What changes when the host asks for the tab; undefined while it does not. */
  readonly turn?: (state: InspectorState, choices: Chosen<C>) => Partial<Chosen<C>> | undefined;
  readonly Panel: FunctionComponent<TabProps<C>>;
}

/** The page, as the content of a tab that finds its own choices among those of all. */
interface PageProps<C extends Choices> extends Omit<TabProps<C>, 'choices' | 'choose'> {
  readonly all: Readonly<Record<C['tab'], Chosen<C>>>;
  /** Makes choices of the tab. */
  readonly change: (of: C, change: Partial<Chosen<C>>) => void;
}

/** A tab as the page uses it: its content draws itself from the choices of all tabs. */
export interface Tab<C extends Choices> extends Omit<TabRecord<C>, 'Panel' | 'turn'> {
  readonly id: C['tab'];
  readonly draw: (page: PageProps<C>) => VNode;
  /** Turns to the tab where the host asks for it. */
  readonly follow: (page: Pick<PageProps<C>, 'state' | 'all'> & { readonly show: Show }) => void;
}

/** A tab as one record. */
export function tab<C extends Choices>({ Panel, turn, ...record }: TabRecord<C>): Tab<C> {
  const of = record.choices;
  const id: C['tab'] = of.tab;
  return {
    ...record,
    id,
    draw: ({ all, change, ...page }) => (
      <Panel
        {...page}
        choices={all[id]}
        choose={(part) => {
          change(of, part);
        }}
      />
    ),
    follow: ({ state, all, show }) => {
      const part = turn?.(state, all[id]);
      if (part !== undefined) show(of, part);
    },
  };
}
