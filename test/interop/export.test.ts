import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../../src/files/open';
import { exportFile } from '../../src/operations/export';
import { runOnnx, runPython } from '../support/peers';
import { quiet } from '../support/quiet';
import { referenceOutputs, tensor, type Tensor } from '../support/reference';
import { difference, networkOf } from '../support/reference-networks';

interface Listed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Answer {
  readonly inputs: readonly Listed[];
  readonly outputs: readonly Listed[];
  readonly files: ReadonlyArray<{ readonly difference: number; readonly operators: readonly string[] }>;
}

const folder = mkdtempSync(join(tmpdir(), 'acnet-export-'));
const file = (name: string): string => join(folder, name);
const last = <T>(printed: string): T => JSON.parse(printed.trim().split('\n').at(-1) ?? 'null') as T;

function onRuntime(cases: ReadonlyArray<{ files: readonly string[]; input?: Listed }>): Answer[] {
  const list = file(`cases-${cases.length}-${cases[0].files.length}.json`);
  writeFileSync(list, JSON.stringify(cases.map((each, i) => ({ name: `${i}`, ...each }))));
  return last(runOnnx(join(import.meta.dirname, 'onnx', 'run_models.py'), [list]));
}

beforeAll(() => {
  runOnnx(join(import.meta.dirname, 'onnx', 'make_models.py'), [folder]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a Keras network with every operator, as ONNX', () => {
  it('computes in ONNX Runtime what Keras computes, output by output', async () => {
    const script = join(import.meta.dirname, 'operators', 'make_models.py');
    const made = last<{ input: number[]; outputs: Listed[] }>(runPython(script, [folder, 'mobilenetv2']));
    await exportFile(file('operators.keras'), file('operators.onnx'), {}, quiet);
    const input = { shape: [2, 8, 7, 4], data: made.input };
    const [{ outputs }] = onRuntime([{ files: [file('operators.onnx')], input }]);
    expect(outputs).toHaveLength(made.outputs.length);
    outputs.forEach((output, i) => {
      const expected = made.outputs[i];
      const found = difference(tensor(expected.shape, expected.data), tensor(output.shape, output.data));
      expect(found.maxRel, `output ${i}`).toBeLessThanOrEqual(1e-5);
    });
  });

  it('is a MobileNetV2 of the same outputs, images last or first, and Keras reads it back', async () => {
    const source = file('mobilenetv2.keras');
    await exportFile(source, file('nhwc.onnx'), {}, quiet);
    await exportFile(source, file('nchw.onnx'), { layout: 'nchw' }, quiet);
    await exportFile(file('nchw.onnx'), file('back.keras'), {}, quiet);
    const size = 64;
    const data = Array.from(
      { length: 2 * size * size * 3 },
      (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011),
    );
    const image = tensor([2, size, size, 3], data);
    const last = { shape: [2, size, size, 3], data };
    const first = channelsFirst(image);
    const [nhwc, nchw] = onRuntime([
      { files: [file('nhwc.onnx')], input: last },
      { files: [file('nchw.onnx')], input: first },
    ]);
    const keras = runKeras([source, file('back.keras')].map((path) => ({ file: path, input: last })));
    for (const other of [nhwc.outputs[0], nchw.outputs[0], keras[1]])
      expect(gap(keras[0], other)).toBeLessThanOrEqual(1e-5);
    // Nothing is turned where images come channels first, but for the head's mean.
    expect(nchw.files[0].operators).not.toContain('Transpose');
    expect(nhwc.files[0].operators.filter((op) => op === 'Transpose')).toHaveLength(1);
  });
});

describe('an ONNX model', () => {
  const models = [
    ['torch-like', 'channels first', 1e-5],
    ['tf-like', 'channels last', 1e-5],
    ['u-net', 'channels first', 1e-5],
    ['transposed', 'channels first', 1e-5],
    ['inception', 'channels first', 1e-5],
    ['detector', 'channels first', 1e-5],
    // Seventeen functions in a row, an exponential last: both frameworks' own float32 approximations add up.
    ['functions', 'channels first', 2e-5],
  ] as const;
  let answers: Answer[];
  let found: Listed[];

  // Each framework is started once for all models: that takes longer than the models do.
  beforeAll(async () => {
    for (const [name] of models) await exportFile(file(`${name}.onnx`), file(`${name}.keras`), {}, quiet);
    answers = onRuntime(models.map(([name]) => ({ files: [file(`${name}.onnx`)] })));
    const inputs = answers.map(({ inputs: [input] }, i) =>
      models[i][1] === 'channels first' ? channelsLast(input) : input,
    );
    found = runKeras(models.map(([name], i) => ({ file: file(`${name}.keras`), input: inputs[i] })));
  });

  it.each(models.map(([name, , tolerance], i) => [name, tolerance, i] as const))(
    '%s is a Keras model of the same output',
    (_name, tolerance, i) => {
      const [output] = answers[i].outputs;
      const expected = output.shape.length === 4 ? channelsLast(output) : output;
      expect(gap(expected, found[i])).toBeLessThanOrEqual(tolerance);
    },
  );
});

describe('the ONNX model tf-like as a TensorFlow.js model', () => {
  it('computes the same', async () => {
    await exportFile(file('tf-like.onnx'), file('model.json'), {}, quiet);
    const [{ inputs, outputs }] = onRuntime([{ files: [file('tf-like.onnx')] }]);
    const checkpoint = await openCheckpointFile(file('model.json'));
    try {
      const [found] = referenceOutputs(networkOf(checkpoint), [tensor(inputs[0].shape, inputs[0].data)]);
      expect(difference(tensor(outputs[0].shape, outputs[0].data), found).maxRel).toBeLessThanOrEqual(1e-5);
    } finally {
      checkpoint.close();
    }
  });
});

describe('the ONNX model corners as another ONNX model', () => {
  it.each(['nhwc', 'nchw'] as const)('computes the same with images as %s', async (layout) => {
    await exportFile(file('corners.onnx'), file(`${layout}-corners.onnx`), { layout }, quiet);
    const [{ inputs, outputs }] = onRuntime([{ files: [file('corners.onnx')] }]);
    const input = layout === 'nhwc' ? channelsLast(inputs[0]) : inputs[0];
    const [{ outputs: found }] = onRuntime([{ files: [file(`${layout}-corners.onnx`)], input }]);
    const output = layout === 'nhwc' ? channelsLast(outputs[0]) : outputs[0];
    expect(gap(output, found[0])).toBeLessThanOrEqual(1e-5);
  });
});

describe('what a format has no word for', () => {
  it.each([
    ['torch-like', 'grouped.json', /TensorFlow.js has no grouped convolution/],
    ['transposed', 'transposed.json', /TensorFlow.js has no transposed convolution with these settings/],
    ['corners', 'corners.keras', /Keras has no layer that resizes with the corners aligned/],
    ['opaque', 'opaque.keras', /not supported.*If|not supported.*ReduceMean/],
  ])('%s is refused by name', async (name, output, message) => {
    await expect(exportFile(file(`${name}.onnx`), file(output), {}, quiet)).rejects.toThrow(message);
  });
});

function runKeras(cases: ReadonlyArray<{ file: string; input: Listed }>): Listed[] {
  const list = file('keras-cases.json');
  writeFileSync(list, JSON.stringify(cases));
  return last(runPython(join(import.meta.dirname, 'export', 'run_keras.py'), [list]));
}

function gap(a: Listed, b: Listed): number {
  return difference(tensor(a.shape, a.data), tensor(b.shape, b.data)).maxRel;
}

function channelsFirst({ shape: [n, h, w, c], data }: Tensor): Listed {
  const turned = Array.from(data, (_, i) => {
    const [b, channel, y, x] = [
      Math.floor(i / (c * h * w)),
      Math.floor(i / (h * w)) % c,
      Math.floor(i / w) % h,
      i % w,
    ];
    return data[((b * h + y) * w + x) * c + channel];
  });
  return { shape: [n, c, h, w], data: turned };
}

function channelsLast({ shape: [n, c, h, w], data }: Listed): Listed {
  const turned = data.map((_, i) => {
    const [b, y, x, channel] = [
      Math.floor(i / (h * w * c)),
      Math.floor(i / (w * c)) % h,
      Math.floor(i / c) % w,
      i % c,
    ];
    return data[((b * c + channel) * h + y) * w + x];
  });
  return { shape: [n, h, w, c], data: turned };
}
