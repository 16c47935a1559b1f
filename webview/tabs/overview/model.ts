/** The table of sites as data: what is shown, in which order, and what Convert will act on. */
import type { SiteResult } from '../../../src/contract/results';
import { pair } from '../../../src/shared/numbers';
import { sorted } from '../../ui/grid/sort';
import { landingName } from '../../../src/shared/landing-words';
import type { Format } from '../../../src/shared/format';
import type { OverviewChoices, Show, SortKey } from './choices';

/** A site with its place in the network, counted from 1. */
export interface Row {
  readonly order: number;
  readonly site: SiteResult;
}

/** Which rows the table lists, in which order. */
export type Query = Pick<OverviewChoices, 'filter' | 'show' | 'sort' | 'descending'>;

/** @param sites in the order of the network */
export function toRows(sites: readonly SiteResult[]): Row[] {
  return sites.map((site, index) => ({ order: index + 1, site }));
}

/** Whether Convert could act on it. */
export function canConvert(site: SiteResult): boolean {
  return site.eligible && site.kind === 'plain';
}

function matchesShow(site: SiteResult, show: Show): boolean {
  if (show === 'eligible') return canConvert(site);
  if (show === 'acb') return site.kind === 'acb';
  return show === 'all' || (!site.eligible && site.kind === 'plain');
}

/** How many sites each choice of Show holds. */
export function countByShow(sites: readonly SiteResult[]): Record<Show, number> {
  const count = (show: Show) => sites.filter((site) => matchesShow(site, show)).length;
  return {
    all: sites.length,
    eligible: count('eligible'),
    ineligible: count('ineligible'),
    acb: count('acb'),
  };
}

/** Filters by name (case ignored, plain text), then sorts; equal rows keep the network's order. */
export function selectRows(rows: readonly Row[], query: Query): Row[] {
  const wanted = query.filter.trim().toLowerCase();
  const kept = rows.filter(
    ({ site }) =>
      matchesShow(site, query.show) && (wanted === '' || site.name.toLowerCase().includes(wanted)),
  );
  return sorted(kept, values[query.sort], query.descending);
}

const area = ([height, width]: readonly [number | null, number | null]) => (height ?? -1) * (width ?? 1);

/** What sites are sorted by. */
const values: Record<SortKey, (row: Row) => number | string> = {
  order: ({ order }) => order,
  name: ({ site }) => site.name,
  kernel: ({ site }) => area(site.kernel),
  channels: ({ site }) => site.inChannels * site.outChannels,
  stride: ({ site }) => area(site.stride),
  dilation: ({ site }) => area(site.dilation),
  groups: ({ site }) => site.groups,
  output: ({ site }) => area(site.output ?? [null, null]),
  macs: ({ site }) => site.macs ?? -1,
  batchNorm: ({ site }) => batchNormWords(site),
  verdict: ({ site }) => verdict(site).text,
};

/** Whether a site can become an ACB: a sign, and the same in words. */
export interface Verdict {
  readonly icon: 'check' | 'no' | 'acb';
  readonly text: string;
}

/** What becomes of a site, in words. */
export function verdict(site: SiteResult): Verdict {
  const because = site.reason === undefined ? '' : `: ${site.reason}`;
  if (site.kind === 'acb') {
    const lands = site.landing ? ` (${landingName(site.landing)})` : '';
    return { icon: 'acb', text: `Already an ACB: can be fused${lands}` };
  }
  if (!site.eligible) return { icon: 'no', text: `No${because}` };
  return { icon: 'check', text: site.selected ? `Yes${because}` : `Yes, off by default${because}` };
}

/** What becomes of the batch norm behind a site. */
export function batchNormWords(site: SiteResult): string {
  if (site.kind === 'acb') return 'its own';
  if (!site.eligible) return '–';
  if (site.normByName !== undefined) return 'by its name';
  const words = { absorbed: 'absorbed', separate: 'stays outside', none: 'none in file' };
  return words[site.batchNorm];
}

/** Whether a site's box is checked: its default, turned round if the reader has toggled it. */
export function isChosen(site: SiteResult, toggled: ReadonlySet<string>): boolean {
  return canConvert(site) && site.selected !== toggled.has(site.name);
}

/** What Convert will act on. */
export function chosenNames(sites: readonly SiteResult[], toggled: ReadonlySet<string>): string[] {
  return sites.filter((site) => isChosen(site, toggled)).map((site) => site.name);
}

/** The chosen names; undefined where every box is as it is by itself. */
export function tickedByHand(
  sites: readonly SiteResult[],
  toggled: ReadonlySet<string>,
): string[] | undefined {
  const changed = sites.some((site) => canConvert(site) && toggled.has(site.name));
  return changed ? chosenNames(sites, toggled) : undefined;
}

/** Turns one site's box. */
export function toggle(name: string, toggled: ReadonlySet<string>): string[] {
  const next = new Set(toggled);
  if (!next.delete(name)) next.add(name);
  return [...next];
}

/** Sets the boxes of the given sites, leaving the others. */
export function setAll(
  sites: readonly SiteResult[],
  chosen: boolean,
  toggled: ReadonlySet<string>,
): string[] {
  const next = new Set(toggled);
  for (const site of sites) {
    if (!canConvert(site)) continue;
    if (site.selected === chosen) next.delete(site.name);
    else next.add(site.name);
  }
  return [...next];
}

/** `2` of 2×2, else `2×1`. */
export function squareWords(size: readonly [number, number]): string {
  return size[0] === size[1] ? String(size[0]) : pair(size);
}

/** `112²`, `7×5`, or a dash. */
export function outputWords(output: SiteResult['output']): string {
  if (output === null || (output[0] === null && output[1] === null)) return '–';
  return output[0] === output[1] ? `${output[0] ?? '?'}²` : pair(output);
}

/**
 * What converting costs while training: extra multiply–accumulates of the chosen sites' two branches, as a
 * share of the whole network's; undefined when sizes are unknown.
 */
export function trainingCost(
  sites: readonly SiteResult[],
  chosen: readonly string[],
  total: number | null,
): number | undefined {
  if (total === null || total <= 0) return undefined;
  const wanted = new Set(chosen);
  let extra = 0;
  for (const { name, kernel, macs } of sites) {
    if (!wanted.has(name)) continue;
    if (macs === null) return undefined;
    extra += (macs * (kernel[0] + kernel[1])) / (kernel[0] * kernel[1]);
  }
  return extra / total;
}

/** The line above the table. */
export function siteSummary(sites: readonly SiteResult[], chosen: number, format: Format): string {
  const { eligible, acb, all } = countByShow(sites);
  const parts = [`${format.count(eligible)} of ${format.count(all)} convolutions can become ACBs`];
  if (acb > 0) parts.push(`${format.count(acb)} already ${acb === 1 ? 'is one' : 'are'}`);
  return `${parts.join(', ')}; ${format.count(chosen)} selected`;
}
