import { describe, expect, it } from 'vitest';
import { comparedKernels } from '../../support/compare-states';
import { compareColumns } from '../../../webview/tabs/compare/columns';
import { kernelsCsv, unmatchedCsv } from '../../../webview/tabs/compare/csv';
import { measureAxis, tickDigits } from '../../../webview/tabs/compare/layout';
import {
  compareView,
  countByShow,
  selectKernels,
  type CompareQuery,
} from '../../../webview/tabs/compare/model';
import { comparisonReading } from '../../../src/shared/compare-reading';
import { groupMeans } from '../../../src/shared/positions';
import { depthReading, isUnchanged } from '../../../webview/tabs/compare/reading';
import { comparisonFacts, measureText } from '../../../webview/tabs/compare/words';
import { createFormat } from '../../../src/shared/format';

const format = createFormat('en');
const fused = comparedKernels();
const trained = comparedKernels({ after: 'trained' });
const largestFirst: CompareQuery = { filter: '', show: 'changed', sort: 'relative', descending: true };

describe('what the Compare tab shows', () => {
  it('is fused unless asked otherwise, of the most frequent size', () => {
    const view = compareView(fused, [], false, {});
    expect([view.weights, view.hasFused, view.sizes, view.whole?.size]).toEqual([
      'fused',
      true,
      ['3x3', '5x5'],
      '3x3',
    ]);
    const raw = compareView(fused, [], false, { weights: 'raw', size: '5x5' });
    expect([raw.weights, raw.whole?.size]).toEqual(['raw', '5x5']);
    expect(raw.kernels[1].change).toBe(fused.matched[1].raw);
    expect(raw.whole?.after).toBe(fused.sizes['5x5'].after.raw);
  });

  it('takes the effect of fusing off the total, for the nulls that the reader chooses', () => {
    const { whole } = compareView(fused, [], false, {});
    expect(whole?.nulls).toEqual({ before: 'plain', after: 'skeleton' });
    expect(whole?.fusing?.alone).toEqual(fused.sizes['3x3'].fusing?.alone);
    expect(whole?.fusing?.remainder).toEqual(fused.sizes['3x3'].fusing?.remainder.fused);
    const plain = compareView(fused, [], false, { nullAfter: 'plain' }).whole;
    expect(plain?.fusing).toBeUndefined();
    expect(plain?.total).toEqual(whole?.total);
  });

  it('maps each kernel’s change as the whole model’s: each divided by its largest position', () => {
    const { kernels, whole } = compareView(fused, [], false, {});
    const three = kernels.filter(({ kernel }) => kernel.kernel[0] === 3);
    const mean = (row: number, column: number) =>
      three.reduce((sum, { map }) => sum + map[row][column], 0) / three.length;
    whole?.total.forEach((cells, row) =>
      cells.forEach((value, column) => expect(mean(row, column)).toBeCloseTo(value, 6)),
    );
  });

  it('lists the changed ones by size of change, the identical ones apart, by either name', () => {
    const view = compareView(trained, [], false, {});
    expect(countByShow(view)).toEqual({ changed: 20, identical: 1, before: 0, after: 0 });
    const relative = selectKernels(view, largestFirst).map(({ change }) => change.relative ?? NaN);
    expect(relative).toEqual([...relative].sort((a, b) => b - a));
    expect(selectKernels(view, { ...largestFirst, show: 'identical' }).map(({ name }) => name)).toEqual([
      'stem',
    ]);
    const [first, ...rest] = trained.matched;
    const renamed = { ...trained, matched: [first, { ...rest[0], nameAfter: 'Other' }, ...rest.slice(1)] };
    const found = selectKernels(compareView(renamed, [], false, {}), { ...largestFirst, filter: ' other' });
    expect(found.map(({ label }) => label)).toEqual([`${rest[0].name} → Other`]);
  });

  it('sorts a kernel that was zero as one that changed without bounds', () => {
    const [first, second, ...rest] = trained.matched;
    const zero = { ...second, fused: { ...second.fused, relative: null, cosine: null }, raw: second.raw };
    const view = compareView({ ...trained, matched: [first, zero, ...rest] }, [], false, {});
    expect(selectKernels(view, largestFirst)[0].name).toBe(second.name);
    const worst = selectKernels(view, { ...largestFirst, sort: 'cosine', descending: false })[0];
    expect(worst.name).toBe(second.name);
  });
});

it('of blocks against plain convolutions the averages can be shown raw, single kernels are fused', () => {
  const blocks = comparedKernels({ after: 'blocks', layers: 3 });
  const all = { ...blocks, matched: blocks.matched.filter(({ throughFused }) => throughFused) };
  expect(all.matched).toHaveLength(3);
  const [fusedView, raw] = [{}, { weights: 'raw' as const }].map((choice) =>
    compareView(all, [], false, choice),
  );
  expect([fusedView.hasFused, raw.weights]).toEqual([true, 'raw']);
  expect(raw.whole?.after).not.toEqual(fusedView.whole?.after);
  expect(raw.kernels[0].change).toEqual(fusedView.kernels[0].change);
});

describe('what is said', () => {
  const text = (result: typeof fused, choices = {}) => {
    const { whole } = compareView(result, [], false, choices);
    if (!whole) throw new Error('no size in common');
    const { before, claim, after } = comparisonReading(whole, format);
    return before + claim + after;
  };

  it('names the effect of fusing, and claims no training where there is none', () => {
    expect(text(fused)).toMatch(
      /^The corners fell by 0\.5\d, the skeleton fell by 0\.\d\d on average\. Adding three normalised branches lowers the corners by 0\.5\d with no training at all, so this does not show that training strengthened the skeleton\. Run the pruning check/,
    );
    expect(text(fused, { nullAfter: 'plain' })).toMatch(
      /none of this comes from fusing: the skeleton gained 0\.4\d on the corners/,
    );
    expect(text(trained)).toMatch(
      /^Neither the corners nor the skeleton moved on average\..*none of this comes from fusing: this does not show/,
    );
  });

  it('tells files of the same kernels from those where one changed or is missing', () => {
    const same = { ...trained, matched: trained.matched.filter(({ fused: { identical } }) => identical) };
    const [lone] = trained.matched;
    const view = (result: typeof trained) => compareView(result, [], false, {});
    expect(isUnchanged(view(same))).toBe(true);
    expect(isUnchanged(view({ ...same, onlyAfter: [lone] }))).toBe(false);
    expect(isUnchanged(view(trained))).toBe(false);
  });

  it('of the border variant names its own groups', () => {
    expect(text(fused, { nullAfter: 'border' })).toMatch(/^The other positions fell .*, the border /);
    const matrix = [
      [1, 1, 5],
      [1, 1, 5],
      [5, 5, 5],
    ];
    expect(groupMeans(matrix, 'border')).toEqual({ heavy: 5, rest: 1 });
    expect(groupMeans(matrix, 'skeleton')).toEqual({ heavy: 13 / 5, rest: 4 });
  });

  it('along the depth: the most, the least and the median; or that nothing changed', () => {
    const view = compareView(trained, [], false, {});
    const [most] = selectKernels(view, largestFirst);
    const said = depthReading(view, 'relative', format);
    expect(said).toContain(
      `Changed most: ${most.name} (${measureText('relative', most.change.relative, format)})`,
    );
    expect(said).toContain('least: stem (0.000)');
    expect(said).toContain('1 of 21 are identical.');
    expect(depthReading(view, 'cosine', format)).toContain('least: stem (1.0000)');
    const same = { ...trained, matched: trained.matched.slice(0, 1) };
    expect(depthReading(compareView(same, [], false, {}), 'relative', format)).toMatch(
      /^All 1 kernels are identical/,
    );
  });

  it('in the header: what the files are and how their kernels were matched', () => {
    expect(comparisonFacts(fused, format)).toEqual([
      'before: no ACB, 3.3 MiB',
      'after: fused, 3.3 MiB',
      '21 kernels matched by name',
      '0 only before',
      '0 only after',
    ]);
  });

  it('with numbers as they are', () => {
    const of = (value: number | null) => measureText('relative', value, format);
    expect([of(null), of(0), of(0.0123), of(3.2e-7), measureText('cosine', 0.99987, format)]).toEqual([
      '–',
      '0.000',
      '0.012',
      '3.2e−7',
      '0.9999',
    ]);
  });
});

describe('the axis', () => {
  it('begins where nothing has changed, with round ticks', () => {
    expect(measureAxis([0.1, 0.5, 0.9], 'relative')).toEqual({ min: 0, max: 1, ticks: [0, 0.5, 1] });
    expect(measureAxis([0.9991, 0.9999], 'cosine')).toEqual({
      min: 0.999,
      max: 1,
      ticks: [0.999, 0.9995, 1],
    });
    expect(tickDigits(measureAxis([3e-6], 'maxAbs'))).toBe(6);
    expect(measureAxis([0, 0], 'relative').max).toBeGreaterThan(0);
    expect(measureAxis([null], 'cosine').max).toBe(1);
  });

  it('leaves far outliers off', () => {
    const values = [...Array.from({ length: 40 }, (_, i) => 0.1 + i / 1000), 25];
    expect(measureAxis(values, 'relative').max).toBeLessThan(1);
  });
});

describe('tables and copies', () => {
  it('are never wider than the page', () => {
    for (const page of [300, 449, 600, 900, 1280, 1400]) {
      const content = page - (page < 900 ? 32 : 48);
      for (const lists of ['matched', 'unmatched'] as const) {
        for (const longest of [5, 40, 200]) {
          const { width, columns } = compareColumns(lists, longest, page, content);
          expect(width, `${lists} at ${page}`).toBeLessThanOrEqual(content);
          expect(columns.find(({ key }) => key === 'name')?.width).toBeGreaterThanOrEqual(80);
        }
      }
    }
  });

  it('do without columns before a name is cut, the bar first', () => {
    const keys = (longest: number, page: number) =>
      compareColumns('matched', longest, page, page - 32).columns.map(({ key }) => key);
    expect(keys(8, 700)).toContain('bar');
    expect(keys(21, 700)).toEqual(['order', 'name', 'shape', 'relative', 'cosine', 'maxAbs', 'map']);
    expect(keys(200, 700)).toEqual(['name', 'relative', 'cosine', 'map']);
  });

  it('hold every number, and positions where all kernels have one size', () => {
    const view = compareView(trained, [], false, {});
    const all = kernelsCsv(view, view.kernels).trim().split('\r\n');
    expect(all).toHaveLength(22);
    expect(all[0]).toBe(
      'number,layer,layer after,shape,matched by,weights,relative change,cosine,max change,identical',
    );
    const three = kernelsCsv(view, view.kernels.slice(1)).trim().split('\r\n');
    expect(three[0]).toMatch(/mean \|W\| before: top left.*mean \|W\| after: bottom right$/);
    expect(three[1].split(',')).toHaveLength(10 + 18);
    expect(unmatchedCsv([{ name: 'a', kernel: [3, 3], shape: [3, 3, 1, 2], reason: 'x, y' }])).toBe(
      'layer,shape,why\r\na,3×3×1×2,"x, y"\r\n',
    );
  });
});
