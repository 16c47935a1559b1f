import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InspectResult, SiteResult } from '../../../src/contract/results';
import { createFormat } from '../../../src/shared/format';
import { noSitesWords } from '../../../webview/tabs/overview/no-sites';
import { tableLayout } from '../../../webview/tabs/overview/sites-columns';
import {
  batchNormWords,
  chosenNames,
  countByShow,
  outputWords,
  selectRows,
  setAll,
  siteSummary,
  squareWords,
  toRows,
  toggle,
  trainingCost,
  verdict,
} from '../../../webview/tabs/overview/model';
import { deepNet } from '../../support/deep-net';
import type { Query } from '../../../webview/tabs/overview/model';

const site = (name: string, change: Partial<SiteResult> = {}): SiteResult => ({
  name,
  kernel: [3, 3],
  inChannels: 16,
  outChannels: 16,
  stride: [1, 1],
  dilation: [1, 1],
  groups: 1,
  kind: 'plain',
  batchNorm: 'absorbed',
  eligible: true,
  selected: true,
  macs: 900,
  output: [8, 8],
  ...change,
});

const sites = [
  site('stem', { macs: 100, kernel: [7, 7] }),
  site('Block10', { macs: 300 }),
  site('block2', { macs: 200 }),
  site('point', {
    kernel: [1, 1],
    eligible: false,
    selected: false,
    reason: '1×1 has no skeleton',
    macs: null,
  }),
  site('done', { kind: 'acb', eligible: false, selected: false }),
  site('wide', { kernel: [11, 11], selected: false, reason: 'kernel above 7' }),
];
const rows = toRows(sites);
const query = (change: Partial<Query>): Query => ({
  filter: '',
  show: 'all',
  sort: 'order',
  descending: false,
  ...change,
});
const names = (change: Partial<Query>) => selectRows(rows, query(change)).map((row) => row.site.name);
const none: ReadonlySet<string> = new Set();

describe('filtering and sorting', () => {
  it('filters by name, case ignored, as plain text', () => {
    expect(names({ filter: ' BLOCK' })).toEqual(['Block10', 'block2']);
    expect(names({ filter: '.*' })).toEqual([]);
  });

  it('shows by what can become of a site', () => {
    expect(names({ show: 'eligible' })).toEqual(['stem', 'Block10', 'block2', 'wide']);
    expect(names({ show: 'ineligible' })).toEqual(['point']);
    expect(names({ show: 'acb' })).toEqual(['done']);
    expect(countByShow(sites)).toEqual({ all: 6, eligible: 4, ineligible: 1, acb: 1 });
  });

  it('sorts names with their numbers, and unknown MACs as the smallest', () => {
    expect(names({ sort: 'name' }).slice(0, 2)).toEqual(['block2', 'Block10']);
    expect(names({ sort: 'macs' })[0]).toBe('point');
    expect(names({ sort: 'kernel', descending: true })[0]).toBe('wide');
  });

  it('keeps the network’s order among equals, in both directions, and leaves its input alone', () => {
    const before = [...rows];
    expect(names({ sort: 'groups' })).toEqual(sites.map(({ name }) => name));
    expect(names({ sort: 'groups', descending: true })).toEqual(sites.map(({ name }) => name));
    expect(rows).toEqual(before);
  });

  it('loses and invents no row', () => {
    const keys = fc.constantFrom<Query['sort'][]>(
      'order',
      'name',
      'kernel',
      'channels',
      'output',
      'macs',
      'verdict',
    );
    fc.assert(
      fc.property(keys, fc.boolean(), (sort, descending) => {
        expect(new Set(names({ sort, descending }))).toEqual(new Set(sites.map(({ name }) => name)));
      }),
    );
  });
});

describe('choosing', () => {
  it('starts from the sites’ own defaults', () => {
    expect(chosenNames(sites, none)).toEqual(['stem', 'Block10', 'block2']);
  });

  it('toggles one, and back', () => {
    const once = toggle('wide', none);
    expect(chosenNames(sites, new Set(once))).toEqual(['stem', 'Block10', 'block2', 'wide']);
    expect(toggle('wide', new Set(once))).toEqual([]);
  });

  it('sets all that are given, and never one that cannot be converted', () => {
    expect(chosenNames(sites, new Set(setAll(sites, false, none)))).toEqual([]);
    expect(chosenNames(sites, new Set(setAll(sites, true, none)))).toEqual([
      'stem',
      'Block10',
      'block2',
      'wide',
    ]);
    expect(chosenNames(sites, new Set(toggle('point', none)))).not.toContain('point');
    const shown = sites.slice(0, 1);
    expect(chosenNames(sites, new Set(setAll(shown, false, none)))).toEqual(['Block10', 'block2']);
  });
});

describe('words', () => {
  it('say what becomes of a site', () => {
    expect(sites.map((one) => verdict(one).text)).toEqual([
      'Yes',
      'Yes',
      'Yes',
      'No: 1×1 has no skeleton',
      'Already an ACB: can be fused',
      'Yes, off by default: kernel above 7',
    ]);
    expect(batchNormWords(site('a', { batchNorm: 'none' }))).toBe('none in file');
    expect(batchNormWords(site('a', { batchNorm: 'separate', normByName: 'bn' }))).toBe('by its name');
  });

  it('write sizes', () => {
    expect(squareWords([2, 2])).toBe('2');
    expect(squareWords([2, 1])).toBe('2×1');
    expect(outputWords([112, 112])).toBe('112²');
    expect(outputWords([7, null])).toBe('7×?');
    expect(outputWords([null, null])).toBe('–');
    expect(outputWords(null)).toBe('–');
  });

  it('sum up', () => {
    expect(siteSummary(sites, 3, createFormat('en'))).toBe(
      '4 of 6 convolutions can become ACBs, 1 already is one; 3 selected',
    );
  });
});

describe('cost of the branches', () => {
  it('is (k_h + k_w) ÷ (k_h · k_w) of each chosen site', () => {
    expect(trainingCost(sites, ['Block10'], 1000)).toBeCloseTo((300 * 6) / 9 / 1000, 12);
  });

  it('is unknown where a size is', () => {
    expect(trainingCost(sites, ['point'], 1000)).toBeUndefined();
    expect(trainingCost(sites, ['Block10'], null)).toBeUndefined();
    expect(trainingCost(sites, ['Block10'], 0)).toBeUndefined();
  });
});

describe('columns', () => {
  const shown = (page: number) => tableLayout(rows, page, page - 32).columns.map(({ key }) => key);

  it('leave out what a narrow page has no room for', () => {
    expect(shown(600)).toEqual(['select', 'name', 'kernel', 'macs', 'verdict']);
    expect(shown(900)).not.toContain('output');
    expect(shown(1280)).toContain('output');
  });

  it('of sizes and MACs are left out where no site has any', () => {
    const weights = toRows([
      site('a', { output: null, macs: null }),
      site('b', { output: null, macs: null }),
    ]);
    const keys = tableLayout(weights, 1280, 1232).columns.map(({ key }) => key);
    for (const key of ['output', 'macs', 'bar']) expect(keys).not.toContain(key);
    const one = toRows([site('a', { output: null, macs: null }), site('b')]);
    expect(tableLayout(one, 1280, 1232).columns.map(({ key }) => key)).toContain('macs');
    expect(shown(1280)).toEqual(expect.arrayContaining(['output', 'macs', 'bar']));
  });

  it('fill the page, and scroll inside themselves when they cannot fit', () => {
    const wide = tableLayout(rows, 1280, 1232);
    expect(wide.overflows).toBe(false);
    expect(wide.columns.reduce((sum, { width }) => sum + width, 0)).toBe(1232);
    const long = toRows([site('x'.repeat(60), { eligible: false, reason: 'y'.repeat(100) })]);
    expect(tableLayout(long, 600, 568).overflows).toBe(true);
  });

  it('give way to the reasons, the least telling first', () => {
    const reasons = toRows([site('stage3.2.depthwise', { eligible: false, reason: 'y'.repeat(60) })]);
    const keys = (page: number) => tableLayout(reasons, page, page - 48).columns.map(({ key }) => key);
    expect(keys(1280)).toEqual(expect.arrayContaining(['bar', 'dilation', 'groups', 'order']));
    expect(keys(1000)).not.toContain('bar');
    expect(keys(1000)).toContain('stride');
    expect(keys(900)).toEqual(expect.arrayContaining(['channels', 'macs', 'batchNorm', 'verdict']));
    for (const page of [900, 1000, 1280]) {
      expect(tableLayout(reasons, page, page - 48).overflows).toBe(false);
    }
  });

  it('cut long reasons rather than scroll', () => {
    const reason = toRows([site('conv', { eligible: false, reason: 'y'.repeat(100) })]);
    const { overflows, columns } = tableLayout(reason, 1280, 1232);
    expect(overflows).toBe(false);
    expect(columns.reduce((sum, { width }) => sum + width, 0)).toBe(1232);
    expect(tableLayout(reason, 2000, 1400).columns.at(-1)?.width).toBeGreaterThan(columns.at(-1)?.width ?? 0);
  });
});

describe('a file without sites', () => {
  const words = (change: Partial<InspectResult>) =>
    noSitesWords({ ...deepNet(1).inspect, sites: [], tensors: 1, ...change }, createFormat('en'));

  it('promises nothing that the other tabs cannot keep', () => {
    expect(words({}).text).toMatch(/^It holds 1 tensor, none of them a kernel of 2×2 or more/);
    const quantised = words({ unsupported: ['DequantizeLinear', 'Conv'] });
    expect(quantised.title).toBe('This checkpoint has no k×k convolution that can be read.');
    expect(quantised.text).not.toMatch(/none of them a kernel/);
    expect(quantised.text).toMatch(/not supported here \(DequantizeLinear, Conv\)/);
    const keras = words({ hasGraph: false, tensors: 52 });
    expect(keras.text).toMatch(
      /^It holds 52 tensors\. .* save the whole model to convert it\. Kernels that are known by their names/,
    );
    const byName = words({ hasGraph: false, architecture: { state: 'unknown' } });
    expect(byName.text).toMatch(/none of them recognised, by name and shape/);
  });
});
