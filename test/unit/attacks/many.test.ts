import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import { kernelMagnitudes, magnitudesBySize } from '../../../src/core/analysis/magnitude';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { memorySource } from '../../../src/core/encodings/region';
import { makeGraph } from '../../../src/core/graph/build';
import type { Network } from '../../../src/engine/backend';
import { inspectCheckpoint } from '../../../src/operations/inspect';
import { NetworkBuilder } from '../../support/networks';

/** Four times as many take four times the steps, and not sixteen times; processors are not that exact. */
const TIMES = 4;
const MOST = 9;

/** Seconds of the processor, in which other programs have no part. */
async function processorSeconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** The best of three tries: collecting garbage and compiling come when they like. */
async function requireLinear(few: () => unknown, many: () => unknown): Promise<void> {
  const ratios: number[] = [];
  for (let i = 0; i < 3; i++) {
    const base = Math.min(await processorSeconds(few), await processorSeconds(few));
    ratios.push((await processorSeconds(many)) / base);
    if (ratios[i] < MOST) break;
  }
  expect(Math.min(...ratios)).toBeLessThan(MOST);
}

const chain = (count: number, settings: (i: number) => object = () => ({})): Network => {
  const b = new NetworkBuilder(1);
  let x = b.input([8, 8, 1]);
  for (let i = 0; i < count; i++) x = b.conv(x, 1, [3, 3], settings(i));
  return b.finish(x);
};

/** The same network with the first convolution's weights in all. */
function sharing({ graph, tensors }: Network): Network {
  const [, { parameters }] = graph.nodes;
  const nodes = graph.nodes.map((node) => (node.op === 'conv2d' ? { ...node, parameters } : node));
  return { tensors, graph: makeGraph({ nodes, outputs: graph.outputs }, tensors) };
}

function beside(count: number, isOutput: boolean): Network {
  const b = new NetworkBuilder(1);
  const x = b.input([8, 8, 1]);
  const all = Array.from({ length: count }, () => b.conv(x, 1, [3, 3]));
  return isOutput ? b.finish(...all) : b.finish(b.apply('add', all, {}));
}

/** Convolutions that all lead into one long chain, at whose end is a batch norm. */
function leading(count: number): Network {
  const b = new NetworkBuilder(1);
  const x = b.input([8, 8, 1]);
  let sum = b.apply(
    'add',
    Array.from({ length: count }, () => b.conv(x, 1, [3, 3])),
    {},
  );
  for (let i = 0; i < count; i++) sum = b.relu(sum);
  return b.finish(b.batchNorm(sum));
}

const NETWORKS: Readonly<Record<string, (count: number) => Network>> = {
  'one convolution called again and again': (count) => sharing(chain(count)),
  'convolutions of one weight that differ otherwise': (count) =>
    sharing(chain(count, (i) => ({ dilations: [i + 1, 1] }))),
  'convolutions beside each other': (count) => beside(count, false),
  'outputs of the network': (count) => beside(count, true),
  'convolutions before one long chain': leading,
};

const checkpointOf = ({ graph, tensors }: Network): Checkpoint =>
  kerasCheckpoint(graph, tensors, { path: 'net.keras', name: 'net' });

function converted(checkpoint: Checkpoint): Checkpoint {
  const sites = findSites(checkpoint).filter(({ selected }) => selected);
  const options = { sites, variant: 'skeleton', branches: 'zero', seed: 1 } as const;
  return convertToAcnet(checkpoint, options).checkpoint;
}

const written = (checkpoint: Checkpoint): Promise<unknown> =>
  Promise.resolve(writeCheckpoint(checkpoint, { path: checkpoint.path, write: () => undefined }));

describe('what many nodes take grows with their number', () => {
  describe.each(Object.entries(NETWORKS))('%s', (_, make) => {
    const few = checkpointOf(make(400));
    const many = checkpointOf(make(TIMES * 400));
    it('inspected', () =>
      requireLinear(
        () => inspectCheckpoint(few),
        () => inspectCheckpoint(many),
      ));
    it('converted, inspected as blocks and fused', async () => {
      const [a, b] = [few, many].map(converted);
      await requireLinear(
        () => converted(few),
        () => converted(many),
      );
      await requireLinear(
        () => inspectCheckpoint(a),
        () => inspectCheckpoint(b),
      );
      await requireLinear(
        () => fuseAcnet(a, { fold: false }),
        () => fuseAcnet(b, { fold: false }),
      );
    });
  });

  it('written by Keras layers', () => {
    const [few, many] = [100, TIMES * 100].map((count) => converted(checkpointOf(chain(count))));
    return requireLinear(
      () => written(few),
      () => written(many),
    );
  });
});

describe('what many tensors take grows with their number', () => {
  const KINDS: Readonly<Record<string, (i: number) => readonly [string, readonly number[]]>> = {
    kernels: (i) => [`conv${i}.weight`, [1, 1, 3, 3]],
    blocks: (i) => {
      const [part, shape] = (
        [
          ['square_conv', [1, 1, 3, 3]],
          ['hor_conv', [1, 1, 1, 3]],
          ['ver_conv', [1, 1, 3, 1]],
        ] as const
      )[i % 3];
      return [`b${Math.floor(i / 3)}.${part}.weight`, shape];
    },
    'batch norms': (i) => [
      `bn${Math.floor(i / 4)}.${['weight', 'bias', 'running_mean', 'running_var'][i % 4]}`,
      [1],
    ],
    'names without meaning': (i) => [`w${i}`, [1, 1, 3, 3]],
  };

  function file(count: number, kind: (i: number) => readonly [string, readonly number[]]): Uint8Array {
    let end = 0;
    const entries = Array.from({ length: count }, (_, i) => {
      const [name, shape] = kind(i);
      const start = end;
      end += 4 * shape.reduce((product, size) => product * size, 1);
      return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
    });
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([length, header, Buffer.alloc(end, 1)]);
  }

  it('averages over layers', () => {
    const layer = {
      name: 'a',
      kernel: [1, 1],
      shape: [1, 1, 1, 1],
      raw: [[1]],
      fused: [[1]],
      nullHint: 'plain',
    } as const;
    const nulls = { plain: [[1]], skeleton: [[1]], border: [[1]] };
    const average = (count: number) => () =>
      magnitudesBySize(new Array<typeof layer>(count).fill(layer), () => nulls);
    expect(average(3)()['1x1']).toMatchObject({ layers: 3, suggestedNull: 'plain' });
    return requireLinear(average(10_000), average(TIMES * 10_000));
  });

  it.each(Object.entries(KINDS))('%s', async (_, kind) => {
    const examine = (bytes: Uint8Array) => async (): Promise<void> => {
      const checkpoint = await openCheckpoint(memorySource('net.safetensors', bytes));
      inspectCheckpoint(checkpoint);
      kernelMagnitudes(checkpoint);
    };
    const [few, many] = [1500, TIMES * 1500].map((count) => examine(file(count, kind)));
    await requireLinear(few, many);
  });
});
