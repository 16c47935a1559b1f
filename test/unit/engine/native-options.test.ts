import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors';
import { bindingOf } from '../../../src/engine/native/binding';
import type { LoadedNative } from '../../../src/engine/native/load';
import { serialisedOptions, withSessionOptions } from '../../../src/engine/native/session-options';
import { createTensorflowBackend } from '../../../src/engine/tensorflow/backend';
import { DT, GraphBuilder } from '../../../src/engine/tensorflow/graph-def';
import { GraphSession } from '../../../src/engine/tensorflow/session';
import { nativeLibraries } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';

let native: LoadedNative;
beforeAll(() => {
  native = nativeLibraries();
});

const DIVIDENDS = Float32Array.from({ length: 100 }, (_, i) => i + 1);

/** Divided by a constant: TensorFlow's rewriting of graphs makes a product with 1/3 of it. */
function thirds(binding: LoadedNative['binding']): number[] {
  const graph = new GraphBuilder();
  const shape = [DIVIDENDS.length];
  const x = graph.add('Placeholder', [], { dtype: { type: DT.float }, shape: { shape } });
  const y = graph.add('RealDiv', [x, graph.constant([3], [], 'float')], { T: { type: DT.float } });
  // A graph of very few nodes is not rewritten at all.
  const outputs = new Map([['y', graph.add('Relu', [y], { T: { type: DT.float } })]]);
  const session = new GraphSession(binding, graph, { run: { inputs: new Map([['x', x]]), outputs } });
  try {
    return [...session.run('run', new Map([['x', { shape, values: DIVIDENDS }]]))[0].values];
  } finally {
    session.dispose();
  }
}

const ROUNDED = [...DIVIDENDS].map((value) => Math.fround(value / 3));
const REWRITTEN = [...DIVIDENDS].map((value) => Math.fround(value * Math.fround(1 / 3)));

describe('options of a session', () => {
  it('reach TensorFlow: a graph is run as it was written', () => {
    expect(ROUNDED).not.toEqual(REWRITTEN);
    expect(thirds(native.binding)).toEqual(REWRITTEN);
    expect(thirds(withSessionOptions(native, { rewrites: true }, 'it'))).toEqual(REWRITTEN);
    expect(thirds(withSessionOptions(native, { rewrites: false }, 'it'))).toEqual(ROUNDED);
  });

  it('are read as a ConfigProto, and refused where they are none', () => {
    const loading = (options: unknown) => () =>
      thirds({
        ...native.binding,
        loadSavedModel: (folder, tags) => native.binding.loadSavedModel(folder, tags, options as Uint8Array),
      });
    expect(loading(Uint8Array.of(0xff, 0xff, 0xff))).toThrow(/[Uu]nparseable ConfigProto/);
    for (const none of [Float32Array.of(1), new Int8Array(2), new ArrayBuffer(2), 'x', 1, null, {}]) {
      expect(loading(none)).toThrow('session options must be a Uint8Array');
    }
    expect(loading(new Uint8Array())()).toEqual(REWRITTEN);
    expect(loading(undefined)()).toEqual(REWRITTEN);
    // A view of a part of a buffer is that part.
    const bytes = serialisedOptions({ rewrites: false });
    const part = Uint8Array.from([0xff, ...bytes, 0xff]).subarray(1, -1);
    expect(loading(part)()).toEqual(ROUNDED);
  });

  it('give a session threads of its own, whatever the process has', () => {
    const threadsOf = (threads: number): number => {
      const graph = new GraphBuilder();
      const outputs = new Map([['one', graph.constant([1], [1], 'float')]]);
      const binding = withSessionOptions(native, { threads }, 'it');
      const before = readdirSync('/proc/self/task').length;
      const session = new GraphSession(binding, graph, { run: { inputs: new Map(), outputs } });
      session.run('run', new Map());
      const more = readdirSync('/proc/self/task').length - before;
      session.dispose();
      return more;
    };
    threadsOf(1); // what is made once for a process
    // One pool for work inside operators, one for that between them.
    expect(threadsOf(1)).toBeLessThanOrEqual(2);
    expect(threadsOf(19)).toBeGreaterThanOrEqual(36);
  });
});

describe('a repeatable backend', () => {
  const b = new NetworkBuilder(1);
  const network = b.finish(b.relu(b.conv(b.input([4, 4, 2]), 3, [3, 3])));
  const input = b.values(4, 4, 2);

  it('is made once, has one thread, and computes the same', () => {
    const backend = createTensorflowBackend(native);
    const repeatable = backend.repeatable?.();
    expect(repeatable?.description).toMatch(/, 1 thread$/);
    expect(backend.repeatable?.()).toBe(repeatable);
    const [wanted, found] = [backend, repeatable].map((each) => {
      const session = each?.inference(network);
      const values = session?.run([input], 1)[0]?.values;
      session?.dispose();
      return [...(values ?? [])];
    });
    expect(wanted).toHaveLength(48);
    found.forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 5));
  });

  it('is refused in a sentence by an addon that takes no options; all else runs on it', () => {
    const { sessionOptions: _, ...addon } = native.binding;
    const old = { ...native, binding: bindingOf(addon) };
    expect(old.binding.sessionOptions).toBe(false);
    const backend = createTensorflowBackend(old);
    expect(() => backend.repeatable?.()).toThrow(UnsupportedError);
    expect(() => backend.repeatable?.()).toThrow(
      /^[^\n]*a deterministic job needs session options, which this TensorFlow addon does not take[^\n]*$/,
    );
    const session = backend.inference(network);
    expect(session.run([input], 1)[0]?.shape).toEqual([1, 4, 4, 3]);
    session.dispose();
  });
});
