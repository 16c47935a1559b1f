import type { InspectorState } from '../../contract/page';

/** One thing that is known of a file beside its contents, shown as the part of the page's state that has its name. */
interface Fact<Value> {
  /**
   * Of a measurement, which other files it was made on: it is outdated when one of them, or the file itself, has changed.
   * Absent where it is not a measurement.
   */
  readonly measuredOn?: (value: Value) => ReadonlyArray<string | undefined>;
}

/** All that is known of files: the work on them, what that came to, and what was answered for them. */
export const FACTS = {
  job: {},
  training: {},
  pruning: { measuredOn: () => [] },
  robustness: { measuredOn: ({ against }) => [against] },
  verify: { measuredOn: ({ other }) => [other] },
  compare: { measuredOn: ({ other }) => [other] },
  lastData: {},
  lastAgainst: {},
  architecture: {},
} satisfies { readonly [K in keyof InspectorState]?: Fact<NonNullable<InspectorState[K]>> };

type Facts = typeof FACTS;

/** What is known of one file. */
export type FileFacts = Pick<InspectorState, keyof Facts>;

/** The facts that are measurements. */
export type Measured = {
  [K in keyof Facts]: Facts[K] extends { readonly measuredOn: unknown } ? K : never;
}[keyof Facts];

/** Whether a part of the page's state is a fact. */
export function isFact(name: string): boolean {
  return Object.hasOwn(FACTS, name);
}

/** The other files that a fact was measured on, as far as there is one. */
export function measuredOn(facts: FileFacts, name: keyof Facts): readonly string[] {
  const fact: Fact<never> = FACTS[name];
  const value = facts[name];
  const files = value === undefined ? [] : fact.measuredOn?.(value as never);
  return (files ?? []).filter((file) => file !== undefined);
}

/** Every other file that something was measured on. */
export function filesMeasuredOn(facts: FileFacts): ReadonlySet<string> {
  return new Set((Object.keys(FACTS) as Array<keyof Facts>).flatMap((name) => measuredOn(facts, name)));
}
