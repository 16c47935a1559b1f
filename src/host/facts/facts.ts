import { FACTS, type InspectorState } from '../../contract/page';
import type { Measurement } from '../../contract/operation';

type Facts = typeof FACTS;

/** What is known of one file: the work on it, what that came to, and what was answered for it. */
export type FileFacts = Pick<InspectorState, keyof Facts>;

const NAMES = Object.keys(FACTS) as ReadonlyArray<keyof Facts>;

/** Whether a part of the page's state is a fact. */
export function isFact(name: string): boolean {
  return Object.hasOwn(FACTS, name);
}

/** The other files that a fact was measured on, as far as there is one. */
export function measuredOn(facts: FileFacts, name: keyof Facts): readonly string[] {
  const fact: Partial<Measurement> = FACTS[name];
  const value = facts[name];
  const files = value === undefined ? [] : (fact.measuredOn?.(value) ?? []);
  return files.filter((file) => file !== undefined);
}

/** Every other file that something was measured on. */
export function filesMeasuredOn(facts: FileFacts): ReadonlySet<string> {
  return new Set(NAMES.flatMap((name) => measuredOn(facts, name)));
}
