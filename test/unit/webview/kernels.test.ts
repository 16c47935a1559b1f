import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { InspectResult, KernelsResult } from '../../../src/contract/results';
import { csv, matricesCsv } from '../../../webview/charts/csv';
import { cellSize, cellText, matrixLayout, matrixSentence } from '../../../src/shared/charts/matrix-layout';
import {
  columnLabels,
  groupRatio,
  onSkeleton,
  positionName,
  positionPhrase,
} from '../../../src/shared/positions';
import { closerToPlain, referenceReading, wholeModelReading } from '../../../webview/charts/reading';
import { createFormat } from '../../../src/shared/format';
import { kernelsView } from '../../../webview/tabs/kernels/model';
import { withinChance } from '../../../src/shared/chance';
import type { ReferenceName } from '../../../src/shared/positions';
import type { Matrix } from '../../../src/shared/matrix';

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8')) as T;
const kernels = fixture<KernelsResult>('scene-net.kernels.json');
const { sites } = fixture<InspectResult>('scene-net.inspect.json');
const format = createFormat('en');

/** A trained ResNet-56's and its null's, as in the paper's setting. */
const TRAINED: Matrix = [
  [0.861, 0.883, 0.881],
  [0.884, 0.955, 0.922],
  [0.88, 0.93, 0.916],
];
const UNTRAINED: Matrix = Array.from({ length: 3 }, () => [0.96, 0.96, 0.96]);

describe('positions', () => {
  it('are called by their row and column', () => {
    expect(columnLabels(3)).toEqual(['left', 'centre', 'right']);
    expect(columnLabels(2)).toEqual(['left', 'right']);
    expect(columnLabels(5)).toEqual(['left', '2', 'centre', '4', 'right']);
    expect(positionName(0, 1, [3, 3])).toBe('top centre');
    expect(positionName(1, 0, [5, 5])).toBe('row 2 left');
    expect(positionPhrase(0, 0, [3, 3])).toBe('the top-left corner');
    expect(positionPhrase(1, 1, [3, 3])).toBe('the centre');
  });

  it('lie on the skeleton at ⌊(k−1)/2⌋, on the border at k−1', () => {
    const on = (size: readonly [number, number], null_: 'plain' | 'border') =>
      Array.from({ length: size[0] }, (_, row) =>
        Array.from({ length: size[1] }, (__, column) => Number(onSkeleton(row, column, size, null_))).join(
          '',
        ),
      );
    expect(on([3, 3], 'plain')).toEqual(['010', '111', '010']);
    expect(on([4, 4], 'plain')).toEqual(['0100', '1111', '0100', '0100']);
    expect(on([3, 3], 'border')).toEqual(['001', '001', '111']);
  });

  it('give the ratio of their groups', () => {
    expect(groupRatio(TRAINED, 'plain')).toBeCloseTo(
      (0.883 + 0.884 + 0.955 + 0.922 + 0.93) / 5 / ((0.861 + 0.881 + 0.88 + 0.916) / 4),
      12,
    );
    expect(groupRatio([[1, 1, 1]], 'plain')).toBeNull();
    expect(
      groupRatio(
        [
          [0, 1, 0],
          [1, 1, 1],
          [0, 1, 0],
        ],
        'plain',
      ),
    ).toBeNull();
  });
});

describe('what is shown', () => {
  it('takes the most frequent size, raw weights and the suggested null', () => {
    const view = kernelsView(kernels, sites, {});
    expect(view).toMatchObject({ size: '3x3', weights: 'raw', nullName: 'plain', sizes: ['3x3', '7x7'] });
    expect(view?.references.map(({ column }) => column)).toEqual([
      'Paper fig. 6a',
      'Paper fig. 6b',
      'Untrained ACNet',
    ]);
    expect(view?.layers).toHaveLength(kernels.sizes['3x3']?.layers ?? 0);
    expect(view?.difference[0]?.[0]).toBeCloseTo(
      (view?.own[0]?.[0] ?? 0) - (view?.untrained[0]?.[0] ?? 0),
      12,
    );
  });

  it('follows the reader’s choices where they exist', () => {
    const view = kernelsView(kernels, sites, { size: '7x7', weights: 'fused', nullModel: 'skeleton' });
    expect(view).toMatchObject({ size: '7x7', weights: 'fused', nullName: 'skeleton' });
    expect(view?.references.map(({ column }) => column)).toEqual(['Untrained, plain']);
    expect(kernelsView(kernels, sites, { size: '5x5' })?.size).toBe('3x3');
  });

  it('compares with the file’s own weights permuted where a reader chooses so, layer by layer too', () => {
    const permuted = kernelsView(kernels, sites, { nullModel: 'permuted' });
    expect(permuted).toMatchObject({ nullName: 'plain', reference: 'permuted' });
    expect(permuted?.untrained).toEqual(kernels.sizes['3x3']?.chance.raw.permuted);
    const { reach } = kernels.sizes['3x3']?.chance.raw ?? { reach: [] };
    const beyond = permuted?.difference.map((row, r) =>
      row.map((value, c) => Math.abs(value) <= (reach[r]?.[c] ?? 0)),
    );
    expect(permuted?.within).toEqual(beyond);
    expect(new Set(beyond?.flat())).toEqual(new Set([true, false]));
    const layer = kernels.layers.find(({ kernel }) => kernel[0] === 3);
    expect(permuted?.layers[0]?.untrained).toEqual(layer?.chance.raw.permuted);
  });

  it('shows an ACNet fused, and offers no switch where batch norm changes nothing', () => {
    const size = kernels.sizes['3x3'];
    if (!size) throw new Error('the fixture has 3×3 kernels');
    const acnet = { ...kernels, sizes: { '3x3': { ...size, suggestedNull: 'skeleton' as const } } };
    expect(kernelsView(acnet, sites, {})).toMatchObject({ weights: 'fused', nullName: 'skeleton' });
    const plain = sites.map((site) => ({ ...site, kind: 'plain' as const }));
    expect(kernelsView(kernels, plain, {})).toMatchObject({ weights: 'raw', nullName: 'plain' });
    const blocks = sites.map((site) => ({ ...site, kind: 'acb' as const }));
    expect(kernelsView(kernels, blocks, {})).toMatchObject({ weights: 'fused', nullName: 'plain' });
    const bare = { ...kernels, sizes: { '3x3': { ...size, fused: size.raw } } };
    expect(kernelsView(bare, sites, { weights: 'fused' })).toMatchObject({ weights: 'raw', hasFused: false });
  });

  it('is nothing where there is no kernel', () => {
    expect(kernelsView({ sizes: {}, layers: [] }, [], {})).toBeUndefined();
  });
});

interface Assumed {
  readonly untrained?: Matrix;
  /** Of every position. */
  readonly reach?: number;
  readonly reference?: ReferenceName;
}

describe('readings', () => {
  const read = (own: Matrix, { untrained = UNTRAINED, reach = 0.002, reference = 'plain' }: Assumed = {}) =>
    wholeModelReading(
      {
        own,
        untrained,
        difference: own.map((row, r) => row.map((value, c) => value - (untrained[r]?.[c] ?? 0))),
        within: withinChance(
          own.map((row, r) => row.map((value, c) => value - (untrained[r]?.[c] ?? 0))),
          own.map((row) => row.map(() => reach)),
        ),
        nullName: 'plain',
        reference,
        layers: 55,
      },
      format,
    ).join(' ');

  it('state ratio, null, and the least and most changed positions', () => {
    expect(read(TRAINED)).toBe(
      'Skeleton positions average 1.03× the corners; an untrained copy of these layers gives 1.00×. ' +
        'Every position lies below the untrained one: the centre (−0.005) the least, the top-left corner (−0.099) the most.',
    );
  });

  it('claim nothing where nothing differs', () => {
    expect(read(UNTRAINED)).toContain('shows no effect of training');
  });

  it('name no position that chance can move so far', () => {
    const text = read(TRAINED, { reach: 0.05 });
    expect(text).toContain(
      'Against the untrained one, the top-left corner (−0.099) lies lowest; 4 of 9 lie within chance.',
    );
    expect(read(TRAINED, { reach: 0.1 })).toContain(
      'No position differs from the untrained one by more than chance',
    );
    expect(read(TRAINED, { reach: 0.1, reference: 'permuted' })).toContain(
      'its own weights, permuted within each slice, give 1.00×. No position differs from the permuted one',
    );
  });

  it('name both ends where signs differ', () => {
    const mixed = UNTRAINED.map((row) => [...row]);
    mixed[0] = [0.9, 0.96, 0.96];
    mixed[1] = [0.96, 1, 0.96];
    expect(read(mixed)).toContain(
      'the top-left corner (−0.060) lies lowest and the centre (+0.040) highest; 7 of 9 lie within chance.',
    );
  });

  it('say when a block still looks like a plain convolution, as one just converted does', () => {
    const cross = [
      [0.378, 0.756, 0.378],
      [0.756, 1, 0.756],
      [0.378, 0.756, 0.378],
    ];
    const nulls = { plain: UNTRAINED, skeleton: cross, border: cross };
    expect(closerToPlain(TRAINED, nulls, 'skeleton', format).join()).toContain('γ = 0');
    expect(closerToPlain(cross, nulls, 'skeleton', format)).toEqual([]);
    expect(closerToPlain(TRAINED, nulls, 'plain', format)).toEqual([]);
  });

  it('hold the paper’s cross against the untrained block', () => {
    const block = [
      [0.378, 0.756, 0.378],
      [0.756, 1, 0.756],
      [0.378, 0.756, 0.378],
    ];
    expect(referenceReading(block, format)).toContain('0.38, 0.76, 1.00');
  });
});

describe('matrices as pictures', () => {
  it('have cells of 46 px, 40 on narrow pages and for larger kernels, and no numbers above 7', () => {
    expect(cellSize([3, 3], true)).toBe(46);
    expect(cellSize([3, 3], false)).toBe(40);
    expect(cellSize([5, 5], true)).toBe(40);
    expect(cellSize([11, 11], true)).toBe(18);
  });

  it('are laid out with their labels', () => {
    const layout = matrixLayout([3, 3], 46, true);
    expect([layout.width, layout.height, layout.body]).toEqual([191, 163, 144]);
    expect(layout.at(2, 1)).toEqual({ x: 96, y: 97 });
    expect(layout.rows.map(({ text }) => text)).toEqual(['top', 'middle', 'bottom']);
    expect(matrixLayout([3, 3], 46, false).rows).toEqual([]);
  });

  it('are told in a sentence', () => {
    const text = cellText('difference', 3, 46, format);
    expect(matrixSentence('Difference', [[-0.1, 0.02]], [1, 2], text)).toBe(
      'Difference: top left −0.100, top right +0.020',
    );
    expect(matrixSentence('Difference', [[-0.1, 0.02]], [1, 2], text, [[false, true]])).toBe(
      'Difference: top left −0.100, top right +0.020 (chance)',
    );
  });
});

describe('comma-separated values', () => {
  it('hold one row for each position in full precision', () => {
    const text = matricesCsv([
      { name: 'This, raw', matrix: [[0.123456789, 1]] },
      { name: 'null', matrix: [[NaN, 0.5]] },
    ]);
    expect(text).toBe('position,"This, raw",null\r\ntop left,0.1234568,\r\ntop right,1,0.5\r\n');
  });

  it('quote what must be, and keep a name from being a formula', () => {
    expect(csv(['a'], [['say "x"'], ['=1+1'], [-1], [null]])).toBe(
      'a\r\n"say ""x"""\r\n\'=1+1\r\n-1\r\n\r\n',
    );
  });
});
