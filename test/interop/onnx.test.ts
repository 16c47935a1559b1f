import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../src/core/acnet/convert';
import { fuseAcnet } from '../../src/core/acnet/fuse';
import { chooseSites, findSites } from '../../src/core/acnet/sites';
import type { Checkpoint } from '../../src/core/checkpoint';
import { writeCheckpoint } from '../../src/core/formats/registry';
import { writeAtomically } from '../../src/files/atomic';
import { openCheckpointFile } from '../../src/files/open';
import { runOnnx } from '../support/peers';
import { referenceOutputs, tensor, type Tensor } from '../support/reference';
import { difference, networkOf, withTrainedNorms } from '../support/reference-networks';

interface Listed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What ONNX Runtime says of one file of a case. */
interface Found {
  /** To the first file's outputs, relative to their largest. */
  readonly difference: number;
  readonly spread: number;
  readonly outputs: readonly string[];
  readonly operators: readonly string[];
  readonly nodes: readonly string[];
}

interface Answer {
  readonly name: string;
  readonly inputs: readonly Listed[];
  readonly outputs: readonly Listed[];
  readonly files: readonly Found[];
}

const folder = mkdtempSync(join(tmpdir(), 'acnet-onnx-'));
const here = join(import.meta.dirname, 'onnx');
const answers = new Map<string, Answer>();
const blocks = new Map<string, number>();
let names: readonly string[] = [];

const file = (kind: string, name: string): string => join(folder, `${kind}${name}.onnx`);

async function rewrite(before: string, after: string, change: (c: Checkpoint) => Checkpoint): Promise<void> {
  const checkpoint = await openCheckpointFile(before);
  try {
    await writeAtomically(after, (sink) => writeCheckpoint(change(checkpoint), sink));
  } finally {
    checkpoint.close();
  }
}

const converted =
  (branches: 'zero' | 'paper') =>
  (checkpoint: Checkpoint): Checkpoint => {
    const { chosen } = chooseSites(findSites(checkpoint));
    const conversion = convertToAcnet(checkpoint, {
      sites: chosen,
      variant: 'skeleton',
      branches,
      seed: 1,
    });
    blocks.set(checkpoint.path, conversion.converted.length);
    return conversion.checkpoint;
  };

const fused =
  (fold: boolean) =>
  (checkpoint: Checkpoint): Checkpoint => {
    const fusion = fuseAcnet(checkpoint, { fold });
    expect(fusion.fused).toHaveLength(findSites(checkpoint).filter(({ kind }) => kind === 'acb').length);
    return fusion.checkpoint;
  };

beforeAll(async () => {
  const python = runOnnx(join(here, 'make_models.py'), [folder]);
  names = JSON.parse(python.trim().split('\n').at(-1) ?? '[]') as string[];
  const cases: { name: string; files: string[] }[] = [];
  for (const name of names) {
    const [source, same, preserved, back] = ['', 'same-', 'preserved-', 'back-'].map((kind) =>
      file(kind, name),
    );
    await rewrite(source, same, (checkpoint) => checkpoint);
    await rewrite(source, preserved, converted('zero'));
    await rewrite(preserved, back, fused(false));
    cases.push({ name, files: [source, same, preserved, back] });
    const [random, kept, folded] = ['random-', 'kept-', 'folded-'].map((kind) => file(kind, name));
    await rewrite(preserved, random, (checkpoint) => withTrainedNorms(checkpoint, 3));
    await rewrite(random, kept, fused(false));
    await rewrite(random, folded, fused(true));
    cases.push({ name: `trained ${name}`, files: [random, kept, folded] });
  }
  const list = join(folder, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  const answer = runOnnx(join(here, 'run_models.py'), [list]).trim().split('\n').at(-1);
  for (const each of JSON.parse(answer ?? '[]') as Answer[]) answers.set(each.name, each);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function answerOf(name: string): Answer {
  const answer = answers.get(name);
  if (!answer) throw new Error(`ONNX Runtime said nothing of ${name}`);
  return answer;
}

const MODELS = [
  'torch-like',
  'old',
  'tf-like',
  'open-size',
  'chopped',
  'opaque',
  'shared',
  'functions',
  'external',
  'u-net',
  'transposed',
  'shuffle-net',
  'inception',
  'detector',
  'pixels',
  'corners',
  'bytes-in',
  'bytes-next',
  'quantised',
  'halves',
];

/** Each branch is rounded to half precision by itself, and so is their sum. */
const bound = (name: string): number => (name === 'halves' ? 2e-2 : 1e-5);

/** A tensor with its axes as the graph has them: what the file has N × C × H × W is N × H × W × C. */
function channelsLast({ shape, data }: Listed): Tensor {
  const [n, c, h, w] = shape;
  const at = (i: number): number => {
    const [b, y, x, channel] = [
      Math.floor(i / (h * w * c)),
      Math.floor(i / (w * c)) % h,
      Math.floor(i / c) % w,
      i % c,
    ];
    return data[((b * c + channel) * h + y) * w + x];
  };
  return tensor(
    [n, h, w, c],
    Float64Array.from(data, (_, i) => at(i)),
  );
}

describe.each(MODELS)('ONNX model %s', (name) => {
  it('is among those that were made', () => {
    expect(names).toContain(name);
  });

  it('keeps its output when its convolutions become blocks, and when these are fused', () => {
    const { files } = answerOf(name);
    expect(blocks.get(file('', name))).toBeGreaterThanOrEqual(1);
    expect(files).toHaveLength(4);
    for (const { difference: found, spread, outputs } of files) {
      expect(spread).toBeGreaterThan(1e-3);
      expect(found).toBeLessThanOrEqual(bound(name));
      expect(outputs).toEqual(files[0].outputs);
    }
    // Two more convolutions in every block, and as many as before once they are fused.
    const convolutions = files.map(({ operators }) => operators.filter((op) => op === 'Conv').length);
    const more = 2 * (blocks.get(file('', name)) ?? 0);
    expect([convolutions[1], convolutions[3]]).toEqual([convolutions[0], convolutions[0]]);
    // A convolution that is called twice gets two in each place, and an unknown size takes a selector before each.
    expect(convolutions[2]).toBeGreaterThanOrEqual(convolutions[0] + more);
  });

  it('keeps nodes byte for byte that a conversion does not touch', () => {
    const [source, same, preserved] = answerOf(name).files;
    expect(same.nodes).toEqual(source.nodes);
    const isTouched = (op: string): boolean => op === 'Conv' || op === 'BatchNormalization';
    const others = source.nodes.filter((_, i) => !isTouched(source.operators[i]));
    const missing = others.filter((node) => !preserved.nodes.includes(node));
    // An addition that is the bias of a convolution goes into the block with it.
    expect(missing).toHaveLength(name === 'tf-like' ? 1 : 0);
  });

  it('fuses blocks with trained statistics to the same network', () => {
    const { files } = answerOf(`trained ${name}`);
    expect(files).toHaveLength(3);
    for (const { difference: found } of files) expect(found).toBeLessThanOrEqual(bound(name));
  });
});

describe.each(MODELS.filter((name) => name !== 'opaque' && name !== 'quantised'))(
  'ONNX model %s in the graph',
  (name) => {
    it('computes what ONNX Runtime computes', async () => {
      const { inputs, outputs } = answerOf(name);
      const checkpoint = await openCheckpointFile(file('', name));
      try {
        expect(checkpoint.warnings).toEqual([]);
        const { graph, tensors } = networkOf(checkpoint);
        const images =
          name === 'tf-like' || name === 'bytes-in' ? inputs.map(plain) : inputs.map(channelsLast);
        const results = referenceOutputs({ graph, tensors }, images);
        expect(results).toHaveLength(outputs.length);
        outputs.forEach((output, i) => {
          const expected = output.shape.length === 4 ? channelsLast(output) : plain(output);
          expect(results[i].shape).toEqual(expected.shape);
          expect(difference(results[i], expected).maxRel).toBeLessThanOrEqual(bound(name));
        });
      } finally {
        checkpoint.close();
      }
    });
  },
);

function plain({ shape, data }: Listed): Tensor {
  return tensor(shape, Float64Array.from(data));
}
