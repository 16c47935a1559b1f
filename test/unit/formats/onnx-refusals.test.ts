import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/core/errors';
import { openCheckpointFile } from '../../../src/files/open';
import {
  convolution,
  floats,
  KERNEL,
  NINE,
  onnxModel,
  type TestGraph,
  type TestTensor,
} from './onnx-support';
import { opened } from './support';

const name = 'model.onnx';

async function openGraph(graph: TestGraph, options = {}) {
  const checkpoint = await opened(onnxModel(graph, options), name);
  checkpoint.close();
  return checkpoint;
}

/** Opens bytes; anything but a checkpoint or one clear error is a failure. */
async function outcome(bytes: Uint8Array): Promise<'opened' | 'refused'> {
  try {
    (await opened(bytes, name)).close();
    return 'opened';
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).not.toContain('\n');
    return 'refused';
  }
}

describe('an ONNX model that is no model', () => {
  const whole = onnxModel(convolution(KERNEL));

  it('opens as long as it is whole', async () => {
    expect(await outcome(whole)).toBe('opened');
  });

  it('is refused in one line wherever it is cut', async () => {
    // The fields behind the graph may go missing one by one: then what is left is a model.
    const graphEnds = whole.length - 6;
    for (let length = 16; length < whole.length; length++) {
      const found = await outcome(whole.slice(0, length));
      if (length < graphEnds) expect([length, found]).toEqual([length, 'refused']);
    }
  });

  it('opens or is refused in one line whatever byte is changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const bytes = whole.slice();
        bytes[at] = byte;
        expect(['opened', 'refused']).toContain(await outcome(bytes));
      }),
      { numRuns: 600 },
    );
  });

  it.each([
    ['a number of more than ten bytes', [0x08, ...new Array<number>(11).fill(0xff)], /more than ten bytes/],
    [
      'a length beyond the file',
      [0x08, 0x08, 0x3a, 0xff, 0xff, 0xff, 0x0f, ...new Array<number>(12).fill(0)],
      /length leads out/,
    ],
    [
      'a negative length',
      [0x08, 0x08, 0x3a, ...new Array<number>(9).fill(0xff), 0x01, 0, 0, 0, 0, 0],
      /length leads out/,
    ],
    ['a group', [0x08, 0x08, 0x3b, ...new Array<number>(16).fill(0)], /do not have/],
    [
      'no graph',
      [0x08, 0x08, 0x12, 0x00, ...Array.from({ length: 6 }, () => [0x12, 0x02, 65, 66]).flat()],
      /not an ONNX model/,
    ],
  ])('is refused for %s', async (_, bytes, message) => {
    await expect(opened(Uint8Array.from(bytes), name)).rejects.toThrow(message);
  });

  it.each([
    [6, false],
    [7, true],
  ])('of operator set %d: read is %s', async (opset, isRead) => {
    const bytes = onnxModel(convolution(KERNEL), { opset });
    expect(await outcome(bytes)).toBe(isRead ? 'opened' : 'refused');
  });
});

describe('a tensor', () => {
  const eight = floats(...NINE.slice(1));
  const halves = [0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700, 0x4800, 0x4880];

  it.each<[string, Partial<TestTensor>]>([
    ['raw bytes', {}],
    ['floats one by one', { raw: undefined, floats: NINE }],
    ['doubles', { raw: undefined, doubles: NINE, type: 11 }],
    ['half precision as whole numbers', { raw: undefined, int32: halves, type: 10 }],
    ['half precision as raw bytes', { raw: new Uint8Array(Uint16Array.from(halves).buffer), type: 10 }],
  ])('is read from %s', async (_, change) => {
    const { tensors } = await openGraph(convolution({ ...KERNEL, ...change }));
    expect([...(tensors.get('w')?.readFloat32() ?? [])]).toEqual(NINE);
    expect(tensors.get('w')?.shape).toEqual([3, 3, 1, 1]);
  });

  it.each<[string, Partial<TestTensor>, RegExp]>([
    ['too few raw bytes', { raw: eight }, /does not have the bytes.*w; expected \d+ bytes; found 32 bytes/],
    ['too many floats', { raw: undefined, floats: [...NINE, 10] }, /does not have the bytes/],
    ['nothing at all', { raw: undefined }, /does not have the bytes/],
    ['a negative size', { dims: [1, -1, 3, 3] }, /impossible shape/],
    ['sizes without end', { dims: [2 ** 40, 2 ** 40, 3, 3] }, /impossible shape/],
    ['too many axes', { dims: new Array<number>(40).fill(1) }, /too many axes/],
    ['another type', { type: 11 }, /does not have the bytes/],
  ])('is refused with %s', async (_, change, message) => {
    await expect(openGraph(convolution({ ...KERNEL, ...change }))).rejects.toThrow(message);
  });
});

describe('a graph', () => {
  const relu = (input: string, output: string) => ({ op: 'Relu', inputs: [input], outputs: [output] });
  const graph = (nodes: TestGraph['nodes'], output = 'c'): TestGraph => ({
    nodes,
    inputs: [['a', [1, 4]]],
    outputs: [output],
  });

  it('opens when every value is made once and before it is read', async () => {
    const { graph: read } = await openGraph(graph([relu('a', 'b'), relu('b', 'c')]));
    expect(read?.nodes.map(({ op }) => op)).toEqual(['input', 'relu', 'relu']);
  });

  it.each<[string, TestGraph, RegExp]>([
    ['a cycle', graph([relu('c', 'b'), relu('b', 'c')]), /nothing before it makes.*found c/],
    ['a missing input', graph([relu('z', 'c')]), /nothing before it makes.*found z/],
    ['a value made twice', graph([relu('a', 'c'), relu('a', 'c')]), /two values have one name/],
    ['an output that nobody makes', graph([relu('a', 'b')]), /output of the network is never made/],
    [
      'two tensors of one name',
      { ...convolution(KERNEL), tensors: [KERNEL, KERNEL] },
      /two tensors have one name/,
    ],
  ])('is refused for %s', async (_, bad, message) => {
    await expect(openGraph(bad)).rejects.toThrow(message);
  });

  const nested = (depth: number): TestGraph => ({
    nodes: [
      depth === 0
        ? relu('a', 'c')
        : {
            op: 'If',
            inputs: ['a'],
            outputs: ['c'],
            graphs: { then_branch: { ...nested(depth - 1), inputs: [] } },
          },
    ],
    inputs: [['a', [1, 4]]],
    outputs: ['c'],
  });

  it('may hold graphs in graphs, which read its values', async () => {
    const { graph: read } = await openGraph(nested(10));
    expect(read?.nodes.at(-1)).toMatchObject({ op: 'opaque', inputs: ['a', 'a'] });
  });

  it('is refused when they are nested without end', async () => {
    await expect(openGraph(nested(30))).rejects.toThrow(/nested too deeply/);
  });
});

describe('weights in files beside a model', () => {
  let folder = '';
  const file = (...parts: readonly string[]): string => join(folder, ...parts);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'acnet-onnx-external-'));
    mkdirSync(file('model'));
    mkdirSync(file('model', 'sub'));
    for (const path of ['secret', 'model/weights', 'model/sub/weights'])
      writeFileSync(file(path), floats(0, 0, ...NINE));
    symlinkSync(file('secret'), file('model', 'link'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function open(external: Readonly<Record<string, string>>) {
    const kernel = { ...KERNEL, raw: undefined, external };
    writeFileSync(file('model', name), onnxModel(convolution(kernel)));
    return openCheckpointFile(file('model', name));
  }

  it.each([
    [{ location: 'weights', offset: '8', length: '36' }],
    [{ location: 'sub/weights', offset: '8' }],
    [{ location: './weights', offset: '8' }],
    [{ location: './sub/./weights', offset: '8' }],
  ])('are read from %j', async (external) => {
    const checkpoint = await open(external);
    expect([...(checkpoint.tensors.get('w')?.readFloat32() ?? [])]).toEqual(NINE);
    checkpoint.close();
  });

  it.each<[Readonly<Record<string, string>>, RegExp]>([
    [{ location: '../secret', offset: '8' }, /outside of its folder/],
    [{ location: 'sub/../../secret', offset: '8' }, /outside of its folder/],
    [{ location: '/etc/passwd', offset: '0' }, /outside of its folder/],
    [{ location: 'link', offset: '8' }, /outside of its folder/],
    [
      { location: 'absent', offset: '8' },
      /names absent as the file of its weights, which cannot be opened: no such file .*not renamed/,
    ],
    [{ location: 'weights', offset: '12' }, /extends past the end of the file/],
    [{ location: 'weights', offset: '-4' }, /no usable place/],
    [{ location: 'weights', offset: '8', length: '40' }, /does not have the bytes/],
    [{ offset: '8' }, /not named/],
  ])('are refused from %j', async (external, message) => {
    await expect(open(external)).rejects.toThrow(message);
  });
});
