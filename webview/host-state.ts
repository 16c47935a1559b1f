/** What the page itself decides: which tab, filter and scale. The rest is a projection of the host's state. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { InspectorState } from '../src/contract/page';
import type { NullName } from './charts/positions';
import type { CompareMeasure, CompareShow, CompareSort } from './tabs/compare/model';
import type { FilterOrder } from './tabs/kernels/slices-model';
import type { Show, SortKey } from './tabs/overview/sites-model';
import type { PaperFigure } from './pruning/paper';
import type { PaperNetwork } from './robustness/paper';
import { readState } from './validate';
import { remember, remembered, send } from './host';

export type Tab = 'overview' | 'kernels' | 'pruning' | 'robustness' | 'compare' | 'training';

/** Per-view choices, kept while the panel is hidden and over reloads. */
export interface Choices {
  readonly tab: Tab;
  readonly filter: string;
  readonly show: Show;
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Names whose selection differs from the site's own default. */
  readonly toggled: readonly string[];
  /** Kernel size as in `3x3`; the most frequent one unless chosen. */
  readonly size?: string;
  readonly weights?: 'raw' | 'fused';
  readonly scale: 'unit' | 'data';
  readonly nullModel?: NullName;
  readonly strip: 'mean' | 'magnitude';
  readonly layer?: string;
  readonly filterOrder: FilterOrder;
  readonly pruneGroups: PruneGroups;
  /** Percent between two measured ratios. */
  readonly pruneStep: '1' | '2' | '5';
  readonly pruneSeeds: '1' | '3' | '5' | '10';
  /** At most so many images. */
  readonly pruneImages: 'all' | '200' | '1000' | '2000';
  readonly overlay: 'none' | PaperFigure;
  /** At most so many images in a robustness check. */
  readonly robustImages: 'all' | '200' | '1000' | '2000';
  /** Which of the paper's networks stands beside the robustness check. */
  readonly paperNetwork: PaperNetwork;
  readonly compareWeights?: 'raw' | 'fused';
  /** Kernel size as in `3x3`; the most frequent one unless chosen. */
  readonly compareSize?: string;
  /** What the two files were built of, where the reader knows better. */
  readonly nullBefore?: NullName;
  readonly nullAfter?: NullName;
  readonly compareMeasure: CompareMeasure;
  readonly compareLayer?: string;
  readonly compareFilter: string;
  readonly compareShow: CompareShow;
  readonly compareSort: CompareSort;
  readonly compareDescending: boolean;
  /** The last comparison that the page turned to. */
  readonly compareSeen?: number;
}

/** Which groups of positions a pruning check takes weights from. */
export type PruneGroups = 'three' | 'two' | 'all';

export type Choose = (change: Partial<Choices>) => void;

const initial: Choices = {
  tab: 'overview',
  filter: '',
  show: 'all',
  sort: 'order',
  descending: false,
  toggled: [],
  scale: 'unit',
  strip: 'mean',
  filterOrder: 'norm',
  pruneGroups: 'three',
  pruneStep: '5',
  pruneSeeds: '5',
  pruneImages: 'all',
  overlay: 'acnet',
  robustImages: 'all',
  paperNetwork: 'ResNet-18',
  compareMeasure: 'relative',
  compareFilter: '',
  compareShow: 'changed',
  compareSort: 'relative',
  compareDescending: true,
};

const oneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    typeof value === 'string' && values.includes(value);
const isText = (value: unknown) => typeof value === 'string';

const wellFormed = new Map<string, (value: unknown) => boolean>(
  Object.entries({
    tab: oneOf('overview', 'kernels', 'pruning', 'robustness', 'compare', 'training'),
    filter: isText,
    show: oneOf('all', 'eligible', 'ineligible', 'acb'),
    toggled: (value) => Array.isArray(value) && value.every(isText),
    size: isText,
    weights: oneOf('raw', 'fused'),
    scale: oneOf('unit', 'data'),
    nullModel: oneOf('plain', 'skeleton', 'border'),
    strip: oneOf('mean', 'magnitude'),
    layer: isText,
    filterOrder: oneOf('norm', 'index'),
    pruneGroups: oneOf('three', 'two', 'all'),
    pruneStep: oneOf('1', '2', '5'),
    pruneSeeds: oneOf('1', '3', '5', '10'),
    pruneImages: oneOf('all', '200', '1000', '2000'),
    overlay: oneOf('none', 'plain', 'acnet', 'border'),
    robustImages: oneOf('all', '200', '1000', '2000'),
    paperNetwork: oneOf('ResNet-18', 'AlexNet'),
    compareWeights: oneOf('raw', 'fused'),
    compareSize: isText,
    compareMeasure: oneOf('relative', 'cosine', 'maxAbs'),
    compareLayer: isText,
    compareFilter: isText,
    compareShow: oneOf('changed', 'identical', 'before', 'after'),
    compareSeen: Number.isFinite,
  } satisfies Partial<Record<keyof Choices, (value: unknown) => boolean>>),
);

/** Takes back only what an earlier version of the page may have written in the same form. */
export function restoreChoices(saved: unknown): Choices {
  if (typeof saved !== 'object' || saved === null) return initial;
  const kept = Object.entries(saved).filter(([name, value]) => wellFormed.get(name)?.(value));
  return { ...initial, ...Object.fromEntries(kept) };
}

/** The choices and a way to change some of them. */
export function useChoices(): [Choices, Choose] {
  const [choices, setChoices] = useState(() => restoreChoices(remembered()));
  const choose = useCallback<Choose>((change) => {
    setChoices((current) => {
      const next = { ...current, ...change };
      remember(next);
      return next;
    });
  }, []);
  return [choices, choose];
}

/** The host's state, once it has come; a text if what came was malformed. */
export function useInspector(): InspectorState | string | undefined {
  const [state, setState] = useState<InspectorState | string | undefined>(undefined);
  useEffect(() => {
    const listen = (event: MessageEvent<unknown>) => {
      const next = readState(event.data);
      if (next !== undefined) setState(next);
    };
    window.addEventListener('message', listen);
    send({ type: 'ready' });
    return () => {
      window.removeEventListener('message', listen);
    };
  }, []);
  return state;
}
