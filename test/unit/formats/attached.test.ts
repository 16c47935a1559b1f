import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { openCheckpointFile, openCheckpointPair } from '../../../src/files/open';
import { bytesOf, openBytes, safetensorsOf } from '../../support/torch-files';
import { floats, onnxModel, type TestGraph, type TestNode, type TestTensor } from './onnx-support';

type Tensors = Readonly<Record<string, readonly number[]>>;

/** Values of a tensor: made from its name, so that files that share a name may share values. */
function valuesOf(name: string, size: number, seed = 0): number[] {
  const start = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7 + seed) % 1000;
  return Array.from({ length: size }, (_, i) => {
    const value = Math.fround(Math.sin(start + i * 1.7));
    return name.endsWith('running_var') ? Math.abs(value) + 0.5 : value;
  });
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function dictBytes(shapes: Tensors, seed = 0): Uint8Array {
  const header: Record<string, object> = {};
  const all: number[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const start = all.length * 4;
    all.push(...valuesOf(name.replace(/^(module|_orig_mod)\./, ''), sizeOf(shape), seed));
    header[name] = { dtype: 'F32', shape, data_offsets: [start, all.length * 4] };
  }
  return safetensorsOf(header, bytesOf(Float32Array.from(all)));
}

const tensor = (
  name: string,
  dims: readonly number[],
  values = valuesOf(name, sizeOf(dims)),
): TestTensor => ({
  name,
  dims,
  raw: floats(...values),
});

const conv = (input: string, kernel: string, output: string, bias?: string): TestNode => ({
  op: 'Conv',
  inputs: bias === undefined ? [input, kernel] : [input, kernel, bias],
  outputs: [output],
  ints: { pads: [1, 1, 1, 1] },
});
const norm = (input: string, path: string, output: string): TestNode => ({
  op: 'BatchNormalization',
  inputs: [input, ...['weight', 'bias', 'running_mean', 'running_var'].map((word) => `${path}.${word}`)],
  outputs: [output],
});
const normTensors = (path: string, width: number): TestTensor[] =>
  ['weight', 'bias', 'running_mean', 'running_var'].map((word) => tensor(`${path}.${word}`, [width]));
const normShapes = (path: string, width: number): Tensors =>
  Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((word) => [`${path}.${word}`, [width]]),
  );

/** Two convolutions with a batch norm behind the second one. */
const MODEL: TestGraph = {
  nodes: [conv('x', 'a.weight', 'h', 'a.bias'), conv('h', 'b.weight', 'n'), norm('n', 'bn', 'y')],
  tensors: [
    tensor('a.weight', [4, 2, 3, 3]),
    tensor('a.bias', [4]),
    tensor('b.weight', [4, 4, 3, 3]),
    ...normTensors('bn', 4),
  ],
  inputs: [['x', [1, 2, 4, 4]]],
  outputs: ['y'],
};
const FILE: Tensors = {
  'a.weight': [4, 2, 3, 3],
  'a.bias': [4],
  'b.weight': [4, 4, 3, 3],
  ...normShapes('bn', 4),
};

const renamed = (shapes: Tensors, name: (key: string) => string): Tensors =>
  Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [name(key), shape]));

async function attached(shapes: Tensors, graph: TestGraph, seed = 0): Promise<Checkpoint> {
  const weights = await openBytes('w.safetensors', dictBytes(shapes, seed));
  const model = await openBytes('m.onnx', onnxModel(graph));
  const { attach } = weights.weights ?? {};
  if (!attach) throw new Error('no weights by name');
  return attach(model, 'as asked for');
}

const refusal = (shapes: Tensors, graph: TestGraph, seed = 0): Promise<string> =>
  attached(shapes, graph, seed).then(
    () => 'nothing was refused',
    (error: Error) => error.message,
  );

const nodes = ({ graph }: Checkpoint): string[] => graph?.nodes.map(({ name, op }) => `${op} ${name}`) ?? [];
const fact = ({ metadata }: Checkpoint, label: string): string | undefined =>
  metadata.facts.find((each) => each.label === label)?.value;

describe('an ONNX model as the network of weights by name', () => {
  it('has the file’s weights under the file’s paths', async () => {
    const found = await attached(FILE, MODEL, 5);
    expect(nodes(found)).toEqual(['input x', 'conv2d a', 'conv2d b', 'batchNorm bn']);
    expect(fact(found, 'Network')).toBe('taken from m.onnx, as asked for');
    expect(fact(found, 'Layers matched')).toBe('3 by name');
    expect([...(found.tensors.get('a.bias')?.readFloat32() ?? [])]).toEqual(valuesOf('a.bias', 4, 5));
  });

  it.each([
    ['module.', 'module.'],
    ['_orig_mod.', ''],
    ['net.inner.', 'net.inner.'],
  ])('finds names behind %s', async (before) => {
    const found = await attached(
      renamed(FILE, (key) => before + key),
      MODEL,
      3,
    );
    expect(fact(found, 'Layers matched')).toBe('3 by name');
    expect(nodes(found)).toContain(`conv2d ${before}a`);
  });

  it('finds layers that lost their names by a shape that only they have', async () => {
    const graph: TestGraph = {
      ...MODEL,
      nodes: [conv('x', '1', 'h', '2'), conv('h', '3', 'n'), norm('n', 'bn', 'y')],
      tensors: [
        tensor('1', [4, 2, 3, 3]),
        tensor('2', [4]),
        tensor('3', [4, 4, 3, 3]),
        ...normTensors('bn', 4),
      ],
    };
    const found = await attached(FILE, graph);
    expect(fact(found, 'Layers matched')).toBe('1 by name, 2 by a shape that only they have');
    expect(nodes(found)).toEqual(['input x', 'conv2d a', 'conv2d b', 'batchNorm bn']);
  });

  const TWINS: Tensors = { 'p.weight': [2, 2, 3, 3], 'q.weight': [2, 2, 3, 3] };
  const twins = (first: TestTensor, second: TestTensor): TestGraph => ({
    nodes: [conv('x', first.name, 'h'), conv('h', second.name, 'y')],
    tensors: [first, second],
    inputs: [['x', [1, 2, 4, 4]]],
    outputs: ['y'],
  });
  const p = valuesOf('p.weight', 36);
  const q = valuesOf('q.weight', 36);

  it('finds those of one shape by their values, whatever their order', async () => {
    const found = await attached(TWINS, twins(tensor('1', [2, 2, 3, 3], q), tensor('2', [2, 2, 3, 3], p)));
    expect(fact(found, 'Layers matched')).toBe('2 by their values');
    expect(nodes(found)).toEqual(['input x', 'conv2d q', 'conv2d p']);
  });

  it('finds them by order where all shapes have the same order, and refuses where one more is in the file', async () => {
    const graph = twins(tensor('1', [2, 2, 3, 3]), tensor('2', [2, 2, 3, 3]));
    expect(fact(await attached(TWINS, graph), 'Layers matched')).toBe('2 by order');
    const message = await refusal({ ...TWINS, 'r.weight': [2, 2, 3, 3] }, graph);
    expect(message).toMatch(/cannot be told which convolution of this file is which of m\.onnx/);
    for (const name of ['Conv_h', 'Conv_y', 'p', 'q', 'r'])
      expect(message).toContain(`${name} (3 × 3 × 2 × 2)`);
    expect(message).not.toContain('\n');
  });

  it('refuses another shape under the same name, and layers that the file has not', async () => {
    const other = await refusal({ ...FILE, 'b.weight': [4, 4, 5, 5] }, MODEL);
    expect(other).toMatch(
      /a convolution is not that of m\.onnx.*b; expected 3 × 3 × 4 × 4; found 5 × 5 × 4 × 4/,
    );
    const { 'b.weight': _, ...without } = FILE;
    expect(await refusal(without, MODEL)).toMatch(/this file has no convolution for what m\.onnx has/);
  });

  it('refuses a model that was exported in training mode, whose batch norms are no layers', async () => {
    const [a, b, bn] = MODEL.nodes;
    const training = { ...MODEL, nodes: [a, b, { ...bn, int: { training_mode: 1 } }] };
    expect(await refusal(FILE, training)).toBe(
      'm.onnx: the network was exported in training mode (expected an export after model.eval(); found BatchNormalization "BatchNormalization_y")',
    );
    // However much else of the model is not supported, which is not all listed.
    const odd = Array.from({ length: 25 }, (_, i) => ({
      ...{ op: 'Relu', inputs: ['x'], outputs: [`odd${i}`], int: { odd: 1 } },
    }));
    expect(await refusal(FILE, { ...training, nodes: [...odd, ...training.nodes] })).toMatch(
      /^m\.onnx: the network was exported in training mode/,
    );
    const inference = { ...MODEL, nodes: [a, b, { ...bn, int: { training_mode: 0 } }] };
    expect(nodes(await attached(FILE, inference))).toContain('batchNorm bn');
  });

  it('says which tensors have no place', async () => {
    const { warnings } = await attached({ ...FILE, 'aux.weight': [3, 3] }, MODEL);
    expect(warnings.join()).toContain('1 tensors have no place in m.onnx and stay as they are: aux.weight');
  });

  it('takes a number of the network from the file’s own parameter, whatever the model has there', async () => {
    const graph: TestGraph = {
      ...twins(tensor('p.weight', [2, 2, 3, 3]), tensor('q.weight', [2, 2, 3, 3])),
      nodes: [
        conv('x', 'p.weight', 'h'),
        { op: 'Mul', inputs: ['h', 'scale'], outputs: ['s'] },
        conv('s', 'q.weight', 'y'),
      ],
      tensors: [tensor('p.weight', [2, 2, 3, 3]), tensor('q.weight', [2, 2, 3, 3]), tensor('scale', [1])],
    };
    const file = { ...TWINS, scale: [1] };
    expect((await attached(file, graph)).warnings.join()).toMatch(
      /1 tensors are fixed numbers in m\.onnx.*scale/,
    );
    const scales = async (seed?: number): Promise<readonly unknown[]> => {
      const { graph: made } = await attached(file, graph, seed);
      return (made?.nodes ?? []).flatMap((each) => (each.op === 'rescaling' ? each.attributes.scale : []));
    };
    expect(await scales()).toHaveLength(1);
    expect(await scales(9)).not.toEqual(await scales());
  });
});

describe('batch norms that an export folded', () => {
  /** What a batch norm of a path makes of a convolution without bias. */
  function folded(path: string, weight: string, epsilon = 1e-5): readonly [TestTensor, TestTensor] {
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((word) =>
      valuesOf(`${path}.${word}`, 4),
    );
    const scale = gamma.map((value, i) => value / Math.sqrt(variance[i] + epsilon));
    const kernel = valuesOf(weight, 144).map((value, i) => value * scale[Math.floor(i / 36)]);
    return [
      tensor('1', [4, 4, 3, 3], kernel),
      tensor(
        '2',
        [4],
        beta.map((value, i) => value - mean[i] * scale[i]),
      ),
    ];
  }
  const graph = (made: readonly [TestTensor, TestTensor]): TestGraph => ({
    nodes: [conv('x', '1', 'y', '2')],
    tensors: made,
    inputs: [['x', [1, 4, 4, 4]]],
    outputs: ['y'],
  });
  // By name `second` follows nothing, and `c` is followed by `bn`.
  const file: Tensors = { 'c.weight': [4, 4, 3, 3], ...normShapes('second', 4) };

  it('are put back where the folded weights agree with them', async () => {
    const found = await attached(file, graph(folded('second', 'c.weight')));
    expect(nodes(found)).toEqual(['input x', 'conv2d c', 'batchNorm second']);
    expect(fact(found, 'Batch norms put back')).toMatch(
      /^second behind c, which the folded weights agree with/,
    );
  });

  it('are put back by name where the export has other weights, and refused where no name tells', async () => {
    const named: Tensors = { 'conv1.weight': [4, 4, 3, 3], 'relu.x': [1], ...normShapes('bn1', 4) };
    const found = await attached(named, graph(folded('second', 'c.weight')));
    expect(nodes(found)).toEqual(['input x', 'conv2d conv1', 'batchNorm bn1']);
    expect(fact(found, 'Batch norms put back')).toMatch(/^bn1 behind conv1, by their names/);
    const lost: Tensors = { 'c.weight': [4, 4, 3, 3], 'd.weight': [2, 2], ...normShapes('second', 4) };
    expect(await refusal(lost, graph(folded('other', 'c.weight')))).toMatch(
      /batch norms of this file have no place in m\.onnx.*TrainingMode\.PRESERVE.*found second/,
    );
  });

  it('are refused with another ε than PyTorch’s own, which the file would lose', async () => {
    const message = await refusal(file, graph(folded('second', 'c.weight', 1e-2)));
    expect(message).toMatch(
      /shows? another ε than 0\.00001.*--bn-epsilon 0\.01 .*TrainingMode\.PRESERVE.*found 0\.01/,
    );
  });

  it('are missed where the model adds a bias that the file has not', async () => {
    const message = await refusal({ 'c.weight': [4, 4, 3, 3] }, graph(folded('second', 'c.weight')));
    expect(message).toMatch(/m\.onnx adds a bias to a convolution that has none in this file \(c;/);
  });
});

describe('a parameter that has fewer axes in the file than in the model', () => {
  it('is laid out by the axes that the model gives it', async () => {
    const graph: TestGraph = {
      nodes: [{ op: 'ConvTranspose', inputs: ['x', 'up.weight'], outputs: ['y'] }],
      tensors: [tensor('up.weight', [2, 1, 3, 3])],
      inputs: [['x', [1, 2, 4, 4]]],
      outputs: ['y'],
    };
    const [whole, short] = [
      [2, 1, 3, 3],
      [2, 3, 3],
    ].map((shape) => attached({ 'up.weight': shape }, graph));
    const kernel = async (found: Promise<Checkpoint> | undefined): Promise<number[]> => [
      ...((await found)?.tensors.get('up.weight')?.readFloat32() ?? []),
    ];
    expect(await kernel(short)).toHaveLength(18);
    expect(await kernel(short)).toEqual(await kernel(whole));
  });
});

describe('a network with an operator that reads nothing', () => {
  const noise: TestNode = {
    op: 'RandomNormal',
    inputs: [],
    outputs: ['noise'],
    ints: { shape: [1, 4, 4, 4] },
  };
  const sum: TestNode = { op: 'Add', inputs: ['y', 'noise'], outputs: ['z'] };

  it('is written without a Python module, and one without that operator with it', async () => {
    const odd = await attached(FILE, { ...MODEL, nodes: [...MODEL.nodes, noise, sum], outputs: ['z'] });
    expect(odd.writer?.warnings?.(odd).join()).toContain('no Python module');
    const plain = await attached(FILE, MODEL);
    expect(plain.writer?.warnings?.(plain)).toEqual([]);
  });
});

describe('the model beside a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acnet-beside-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const put = (name: string, bytes: Uint8Array): string => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };

  it('is found under the file’s name, and under the one it had before a conversion', async () => {
    put('net.onnx', onnxModel(MODEL));
    for (const name of ['net.safetensors', 'net.acnet.safetensors', 'net.fused.safetensors']) {
      const opened = await openCheckpointFile(put(name, dictBytes(FILE)));
      expect(fact(opened, 'Network')).toContain('taken from net.onnx, beside the file');
      opened.close();
    }
    const other = await openCheckpointFile(put('other.safetensors', dictBytes(FILE)));
    expect(other.graph).toBeUndefined();
    other.close();
  });

  it('is left out when asked, and when it does not fit, which is said', async () => {
    const model = put('odd.onnx', onnxModel(MODEL));
    const file = put('odd.safetensors', dictBytes({ 'z.weight': [3, 2, 3, 3] }));
    const opened = await openCheckpointFile(file);
    expect(opened.graph).toBeUndefined();
    expect(opened.warnings.join()).toMatch(/odd\.onnx beside this file is not its network: /);
    opened.close();
    await expect(openCheckpointFile(file, { architecture: model })).rejects.toThrow(/odd\.safetensors: /);
    const none = await openCheckpointFile(file, { architecture: 'none' });
    expect(none.warnings).toEqual([]);
    none.close();
  });

  it('is refused for a file that has a network, and taken by the one of two that has none', async () => {
    const model = put('both.onnx', onnxModel(MODEL));
    await expect(openCheckpointFile(model, { architecture: model })).rejects.toThrow(/this file has its own/);
    const pair = [put('both.safetensors', dictBytes(FILE)), model] as const;
    const opened = await openCheckpointPair(pair, { architecture: model });
    expect(opened.map(({ graph }) => graph !== undefined)).toEqual([true, true]);
    for (const each of opened) each.close();
    await expect(openCheckpointPair([model, model], { architecture: model })).rejects.toThrow(/has its own/);
  });
});
