import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderCompare } from '../../../src/cli/render/compare';
import { CancelledError } from '../../../src/core/errors';
import { compareKernelsOfFiles } from '../../../src/operations/compare/compare';
import type { CompareKernelsResult, Progress } from '../../../src/contract/results';
import { calls } from '../../../src/contract/calls';
import { temporaryFolder, writeModel } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);

let model: string;
beforeAll(async () => {
  model = await writeModel(at('model.keras'));
  await acnet('convert', model, '-o', at('blocks.keras'), '--start', 'scratch', '--seed', '5');
  await acnet('fuse', at('blocks.keras'), '-o', at('fused.keras'));
  await acnet('convert', model, '-o', at('kept.keras'));
});

async function compared(...argv: string[]): Promise<CompareKernelsResult> {
  const run = await acnet('compare', ...argv, '--json');
  expect(run.err).toBe('');
  expect(run.code).toBe(0);
  return run.json() as CompareKernelsResult;
}

describe('acnet compare', () => {
  it('matches a checkpoint with what conversion and fusion made of it', async () => {
    const result = await compared(model, at('fused.keras'));
    expect(result).toMatchObject({
      before: { path: model, kind: 'plain', size: expect.any(Number) as number },
      after: { path: at('fused.keras'), kind: 'fused' },
      matched: [
        { name: 'conv1', nameAfter: 'conv1', kernel: [3, 3], shape: [3, 3, 1, 4], matchedBy: 'name' },
        { name: 'conv2', shape: [3, 3, 4, 6], throughFused: false },
      ],
      onlyBefore: [],
      onlyAfter: [],
    });
    for (const { fused } of result.matched) expect(fused.identical).toBe(false);
    expect(calls.compareKernels.result.parse(result)).toEqual(result);
    // A block and the file that it was fused into have the same fused kernels.
    const same = await compared(at('blocks.keras'), at('fused.keras'));
    for (const kernel of same.matched) {
      expect(kernel).toMatchObject({ throughFused: true, fused: { identical: true } });
    }
    const kept = await compared(model, at('kept.keras'));
    expect(kept.matched.map(({ fused }) => [fused.relative, fused.maxAbs])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('tells people what is in it, the largest change first', async () => {
    const { out, code } = await acnet('compare', model, at('fused.keras'));
    expect(code).toBe(0);
    expect(out).toContain('2 kernels matched (2 by name), 0 identical; 0 only before, 0 only after');
    expect(out).toContain(
      "3×3 kernels of 2 layers: |weight| by position, in shares of each layer's largest position (mean of the layers), batch norms and branches fused",
    );
    expect(out).toMatch(/^before +after +after − before/m);
    expect(out).toContain('Run the pruning check on both files');
    const rows = [...out.matchAll(/^conv\d +3×3×\d×\d +name +(\d\.\d{4}) /gm)].map(([, relative]) =>
      Number(relative),
    );
    expect(rows).toHaveLength(2);
    expect(rows).toEqual([...rows].sort((a, b) => b - a));
    const raw = await acnet('compare', model, at('fused.keras'), '--raw');
    expect(raw.out).toContain(
      "|weight| by position, in shares of each layer's largest position (mean of the layers), as stored",
    );
    const { out: kept } = await acnet('compare', model, at('kept.keras'));
    expect(kept).toMatch(/\n\n2 kernels matched [^\n]*\n\nNo kernel changed\.\n$/);
  });

  it('says the effect of fusing, and no more than the numbers show', () => {
    const matrix = (corner: number, arm: number, centre: number) => [
      [corner, arm, corner],
      [arm, centre, arm],
      [corner, arm, corner],
    ];
    const nullModel = {
      plain: matrix(0.96, 0.96, 0.96),
      skeleton: matrix(0.4, 0.77, 1),
      border: matrix(0.4, 0.4, 0.7),
    };
    const file = { path: 'a.keras', formatLabel: 'Keras', size: 2048, kind: 'plain' as const };
    const size = (own: number[][]) => ({
      layers: 55,
      raw: own,
      fused: own,
      nullModel,
      suggestedNull: 'plain' as const,
    });
    const [before, after] = [matrix(0.83, 0.86, 0.94), matrix(0.4, 0.72, 1)];
    const turned = (own: number[][], other: number[][]) => {
      const change = { ...{ relative: 2, cosine: -0.25, maxAbs: 1, identical: false }, before: own };
      const both = { ...change, after: other, difference: own };
      return {
        ...{ name: 'conv', nameAfter: 'conv', kernel: [3, 3] as const, shape: [3, 3, 1, 1] },
        ...{ matchedBy: 'name' as const, throughFused: false, raw: both, fused: both },
      };
    };
    const result = {
      before: file,
      after: { ...file, kind: 'fused' as const },
      ...{ matched: [turned(before, after)], onlyBefore: [], onlyAfter: [] },
      sizes: {
        '3x3': {
          before: size(before),
          after: { ...size(after), suggestedNull: 'skeleton' as const },
          fusing: {
            ...{ from: 'plain' as const, to: 'skeleton' as const, alone: matrix(-0.56, -0.19, 0.04) },
            remainder: { raw: matrix(0.13, 0.05, 0.02), fused: matrix(0.13, 0.05, 0.02) },
          },
        },
      },
    };
    const text = renderCompare(result, 'fused');
    expect(text).toContain('The corners fell by 0.43, the skeleton fell by 0.10 on average.');
    expect(text).toContain(
      'Adding three normalised branches lowers the corners by 0.56 with no training at all',
    );
    expect(text).toContain(' −0.2500 ');
    expect(text).toContain('so this does not show that training strengthened the skeleton.');
    const stored = renderCompare({ ...result, asStored: true }, 'fused');
    expect(stored).toContain('\none file does not say which batch norms belong to its kernels: ');
    expect(stored).toContain('(mean of the layers), as stored');
    const grown = renderCompare(
      {
        ...{ ...result, matched: [1, 2, 3].map(() => turned(before, after)) },
        sizes: { '3x3': { before: size(before), after: size(after) } },
      },
      'fused',
    );
    expect(grown).toContain('none of this comes from fusing');
    expect(grown).toContain('the skeleton gained 0.33 on the corners.');
  });

  it('takes the layers that are named', async () => {
    const { matched } = await compared(model, at('fused.keras'), '--layers', '*2');
    expect(matched.map(({ name }) => name)).toEqual(['conv2']);
  });
});

describe('acnet compare refuses in one sentence', () => {
  async function refused(argv: readonly string[], ...named: string[]): Promise<void> {
    const { code, out, errors } = await acnet('compare', ...argv);
    expect([code, out, errors.length]).toEqual([1, '', 1]);
    for (const text of ['acnet: ', ...named]) expect(errors[0]).toContain(text);
  }

  it('a file against itself, by whatever name', async () => {
    symlinkSync(model, at('link.keras'));
    await refused([model, at('link.keras')], 'cannot be compared with itself');
    await refused([model, path.join(folder, '.', 'model.keras')], 'cannot be compared with itself');
  });

  it('a second file that cannot be read, and names it', async () => {
    writeFileSync(at('broken.keras'), 'no checkpoint');
    await refused([model, at('broken.keras')], at('broken.keras'));
    await refused([model, at('nowhere.keras')], at('nowhere.keras'));
    await refused([await writeModel(at('nan.keras'), 'conv1/kernel'), model], 'not a finite number');
  });

  it('layers that no file has', async () => {
    await refused(
      [model, at('fused.keras'), '--layers', 'layer9*'],
      'bears such a name',
      'layer9*',
      'conv1, conv2',
    );
  });
});

it('a comparison stops between two kernels, and tells how far it is', async () => {
  const controller = new AbortController();
  const told: Progress[] = [];
  const context = {
    signal: controller.signal,
    onProgress: (progress: Progress) => {
      told.push(progress);
      if (progress.done === 1) controller.abort();
    },
  };
  await expect(compareKernelsOfFiles(model, at('fused.keras'), {}, context)).rejects.toThrow(CancelledError);
  expect(told.at(-1)).toMatchObject({ phase: 'Comparing kernels', total: 2 });
});
