/** What the page itself decides: which tab is open, and the choices of each. Kept while it is hidden and over reloads. */
import { useCallback, useState } from 'preact/hooks';
import { remember, remembered } from '../host';
import { tabs } from '../tabs';
import { restored } from '../tabs/choices';
import type { Choices, Chosen } from '../tabs/choices';

type AnyTab = (typeof tabs)[number];

/** Which tab; ids are kept over reloads. */
export type TabId = AnyTab['id'];

/** The choices of every tab, by its id. */
export type AllChoices = { readonly [T in AnyTab as T['id']]: Chosen<T['choices']> };

/** What is remembered of a page. */
export interface PageChoices {
  /** The open one. */
  readonly tab: TabId;
  readonly all: AllChoices;
}

/** Takes back what an earlier page wrote; each part that is missing or malformed is as at first. */
export function restoreChoices(saved: unknown): PageChoices {
  const { tab, all } = asRecord(saved);
  const parts = asRecord(all);
  const entries = tabs.map(({ id, choices }) => [
    id,
    restored<typeof choices.schema.shape>(choices, parts[id]),
  ]);
  // One entry for each tab, of its own schema.
  return { tab: idOf(tab) ?? tabs[0].id, all: Object.fromEntries(entries) as AllChoices };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function idOf(name: unknown): TabId | undefined {
  return tabs.find(({ id }) => id === name)?.id;
}

/** The choices with some of one tab's changed. */
export function changed<C extends Choices>(
  { tab, all }: PageChoices,
  of: C,
  change: Partial<Chosen<C>>,
): PageChoices {
  const own = idOf(of.tab);
  if (own === undefined) return { tab, all };
  return { tab, all: { ...all, [own]: restored(of, { ...all[own], ...change }) } };
}

/** What is chosen, and the ways to choose: each change is remembered at once. */
export interface ChoicesState extends PageChoices {
  readonly change: <C extends Choices>(of: C, change: Partial<Chosen<C>>) => void;
  /** Turns to a tab with some of its choices made. */
  readonly show: <C extends Choices>(of: C, change: Partial<Chosen<C>>) => void;
}

/** The choices, and the ways to change them. */
export function useChoices(): ChoicesState {
  const [state, setState] = useState(() => restoreChoices(asRecord(remembered())['choices']));
  const update = useCallback((next: (current: PageChoices) => PageChoices) => {
    setState((current) => {
      const choices = next(current);
      remember({ choices });
      return choices;
    });
  }, []);
  const change = useCallback<ChoicesState['change']>((of, part) => {
    update((current) => changed(current, of, part));
  }, []);
  const show = useCallback<ChoicesState['show']>((of, part) => {
    update((current) => ({ ...changed(current, of, part), tab: idOf(of.tab) ?? current.tab }));
  }, []);
  return { ...state, change, show };
}
