import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallNetwork, snapshot, temporaryFolder, writeImages, writeModel } from './fixtures';
import { calls } from '../../../src/contract/calls';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string) => path.join(folder, name);
const matrix3 = [
  [expect.any(Number), expect.any(Number), expect.any(Number)],
  [expect.any(Number), expect.any(Number), expect.any(Number)],
  [expect.any(Number), expect.any(Number), expect.any(Number)],
];

let model: string;
let data: string;
beforeAll(async () => {
  model = await writeModel(at('model.keras'));
  data = await writeImages(at('images'));
});

/** Runs with `--json`, asserts success, returns the last line. */
async function json(...argv: string[]): Promise<unknown> {
  const run = await acnet(...argv, '--json');
  expect(run.err).toBe('');
  expect(run.code).toBe(0);
  return run.json();
}

it('evaluate says what the pixels become', async () => {
  const { out } = await acnet('evaluate', model, '--data', data, '--scale', '0.5');
  expect(out).toMatch(/^input +8 × 8 × 1, pixels 0–255 × 0\.5$/m);
});

it('evaluate takes the way in which images are resized', async () => {
  const { out } = await acnet('evaluate', model, '--data', data, '--resize', 'crop');
  expect(out).toMatch(/^input +8 × 8 × 1, resize crop, pixels 0–255 × 1\/255$/m);
});

describe('acnet … --json', () => {
  it('inspect', async () => {
    const result = await json('inspect', model);
    expect(result).toMatchObject({
      format: 'keras',
      hasGraph: true,
      parameters: 9 * 4 + 16 + 9 * 4 * 6 + 24 + 6 * 3 + 3,
      trainableParameters: 9 * 4 + 8 + 9 * 4 * 6 + 12 + 6 * 3 + 3,
      macs: 64 * 9 * 4 + 16 * 9 * 4 * 6 + 18,
      sites: [
        {
          name: 'conv1',
          kernel: [3, 3],
          inChannels: 1,
          outChannels: 4,
          stride: [1, 1],
          dilation: [1, 1],
          groups: 1,
          kind: 'plain',
          batchNorm: 'absorbed',
          eligible: true,
          macs: 64 * 9 * 4,
          output: [8, 8],
        },
        { name: 'conv2', stride: [2, 2], output: [4, 4] },
      ],
      warnings: [],
      inputs: ['N × 8 × 8 × 1'],
      outputs: ['N × 3'],
    });
  });

  it('kernels', async () => {
    const result = await json('kernels', model);
    expect(result).toMatchObject({
      sizes: {
        '3x3': {
          layers: 2,
          raw: matrix3,
          fused: matrix3,
          nullModel: { plain: matrix3, skeleton: matrix3, border: matrix3 },
        },
      },
      layers: [
        { name: 'conv1', kernel: [3, 3], raw: matrix3, fused: matrix3 },
        { name: 'conv2', kernel: [3, 3], raw: matrix3, fused: matrix3 },
      ],
    });
    const kernel = smallNetwork().tensors.get('conv1/kernel')?.readFloat32() ?? new Float32Array();
    const sums = Array.from({ length: 9 }, (_, position) =>
      kernel.slice(position * 4, position * 4 + 4).reduce((sum, value) => sum + Math.abs(value), 0),
    );
    const { layers } = result as { layers: { raw: number[][] }[] };
    const expected = sums.map((sum) => sum / Math.max(...sums));
    layers[0].raw.flat().forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
  });

  it('convert, then inspect, then fuse: back to the layers of the original', async () => {
    const before = snapshot(model);
    const converted = await json('convert', model, '-o', at('a.keras'));
    expect(converted).toMatchObject({ converted: ['conv1', 'conv2'], skipped: [], output: at('a.keras') });
    expect(await json('inspect', at('a.keras'))).toMatchObject({ sites: [{ kind: 'acb' }, { kind: 'acb' }] });
    const fused = await json('fuse', at('a.keras'), '-o', at('f.keras'));
    expect(fused).toMatchObject({ fused: ['conv1', 'conv2'], output: at('f.keras') });
    const [original, after] = [await json('inspect', model), await json('inspect', at('f.keras'))] as {
      parameters: number;
      sites: unknown;
    }[];
    expect(after.parameters).toBe(original.parameters);
    expect(after.sites).toEqual(original.sites);
    expect(snapshot(model)).toBe(before);
  });

  it('convert with a choice of layers says why the others were skipped', async () => {
    const result = await json(
      'convert',
      model,
      '-o',
      at('some.keras'),
      '--layers',
      '*2',
      '--variant',
      'border',
    );
    expect(result).toMatchObject({
      converted: ['conv2'],
      skipped: [{ name: 'conv1', reason: 'not among the chosen layers' }],
    });
  });

  it('fuse --fold leaves no batch norm behind a fused convolution', async () => {
    await json('convert', model, '-o', at('b.keras'));
    await json('fuse', at('b.keras'), '-o', at('folded.keras'), '--fold');
    expect(await json('inspect', at('folded.keras'))).toMatchObject({
      sites: [{ batchNorm: 'none' }, { batchNorm: 'none' }],
    });
  });

  it('convert --data measures new batch norms and keeps the output', async () => {
    await json('convert', model, '-o', at('calibrated.keras'), '--data', data, '--init', 'preserve');
    const result = await json('verify', model, at('calibrated.keras'), '--samples', '8');
    expect(result).toMatchObject({ passed: true });
    expect((result as { maxRel: number }).maxRel).toBeLessThanOrEqual(1e-6);
  });

  it('verify', async () => {
    await json('convert', model, '-o', at('v.keras'));
    const result = await json('verify', model, at('v.keras'), '--samples', '16', '--data', data);
    expect(result).toMatchObject({ samples: 16, maxAbs: 0, maxRel: 0, passed: true });
  });

  it('verify of different networks fails with exit code 1 and still answers', async () => {
    await json('convert', model, '-o', at('random.keras'), '--init', 'random');
    const run = await acnet('verify', model, at('random.keras'), '--samples', '4', '--json');
    expect(run.code).toBe(1);
    expect(run.json()).toMatchObject({ samples: 4, passed: false, maxRel: expect.any(Number) as number });
  });

  it('evaluate', async () => {
    const result = await json('evaluate', model, '--data', data, '--limit', '10');
    expect(result).toMatchObject({
      images: 10,
      top1: expect.any(Number) as number,
      loss: expect.any(Number) as number,
      imagesPerSecond: expect.any(Number) as number,
      backend: expect.stringContaining('TensorFlow') as string,
    });
  });

  it('prune', async () => {
    const ratios = ['--ratios', '0,0.2,0.5', '--seeds', '2'];
    const result = await json('prune', model, '--data', data, ...ratios, '--groups', 'corner,skeleton');
    const { unpruned, curves } = result as {
      unpruned: number;
      curves: Record<string, { ratio: number; mean: number; std: number }[]>;
    };
    expect(Object.keys(curves)).toEqual(['corner', 'skeleton']);
    // Corners are 4 of 9 positions: half of the weights cannot be taken from them.
    expect(curves.corner.map(({ ratio }) => ratio)).toEqual([0, 0.2]);
    expect(curves.skeleton.map(({ ratio }) => ratio)).toEqual([0, 0.2, 0.5]);
    expect(curves.corner[0]).toEqual({ ratio: 0, mean: unpruned, std: 0 });
  });

  it('robustness', async () => {
    const result = await json('robustness', model, '--against', model, '--data', data, '--limit', '10');
    const share = { hits: expect.any(Number) as number, percent: expect.any(Number) as number };
    expect(result).toMatchObject({
      measure: 'accuracy',
      images: 10,
      leftOut: [],
      against: { path: model },
      rows: ['none', 'rotate90', 'rotate180', 'flipUpDown', 'flipLeftRight'].map((distortion) => ({
        distortion,
        share,
        against: share,
        difference: { points: 0, won: 0, lost: 0, p: 1, adjusted: 1 },
      })),
    });
    expect(calls.robustness.result.parse(result)).toEqual(result);
  });

  it('backend', async () => {
    expect(await json('backend')).toMatchObject({
      backend: 'tensorflow',
      tensorflow: expect.stringMatching(/^\d+\.\d+/) as string,
      threads: { intraOp: expect.any(Number) as number, interOp: expect.any(Number) as number },
      capabilities: expect.any(Object) as object,
    });
  });
});

describe('without --json', () => {
  it('convert tells what was written', async () => {
    const { code, out, err } = await acnet('convert', model, '-o', at('told.keras'));
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('2 convolutions became ACBs: conv1, conv2');
    expect(out).toContain(`written: ${at('told.keras')}`);
    expect(existsSync(at('told.keras'))).toBe(true);
  });

  it('nothing but the outputs is left in the folder', () => {
    expect(readdirSync(folder).filter((name) => !/\.keras$|^images$/.test(name))).toEqual([]);
  });
});
