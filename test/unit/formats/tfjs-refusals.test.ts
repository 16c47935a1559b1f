import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/core/encodings/region';
import { openCheckpoint } from '../../../src/core/formats/registry';
import type { Json } from '../../../src/core/encodings/json';
import { data, LAYERS, model, openModel, single, TOPOLOGY, WEIGHTS, type Files } from './tfjs-support';

async function refused(document: Json, message: RegExp | string, files: Files = { 'a.bin': data() }) {
  const closed: string[] = [];
  const error = await openModel(document, files, closed).catch((reason: unknown) => reason);
  expect(error).toHaveProperty('name', 'CheckpointError');
  expect(error).toHaveProperty('message', expect.stringMatching(message));
  expect(closed.sort()).toEqual(closed.includes('a.bin') ? ['a.bin', 'model.json'] : ['model.json']);
}

/** A document with one group of weights. */
const group = (json: Json): Json => model({ weightsManifest: [json] });

describe('a layers model that is refused', () => {
  it('has a twin that is not', async () => {
    await expect(openModel(model(), { 'a.bin': data() })).resolves.toHaveProperty('format', 'tfjs-layers');
    const one = single({ name: 'odd/w', shape: [71], dtype: 'float32' });
    await expect(openModel(one, { 'a.bin': data() })).resolves.toHaveProperty('format', 'tfjs-layers');
  });

  it.each<[string, Json, RegExp | string]>([
    ['a graph model', model({ format: 'graph-model' }), /graph model, which has operators and no layers/],
    ['a graph model that does not say so', model({ modelTopology: { node: [] } }), /graph model/],
    ['another kind', model({ format: 'tflite' }), /unknown kind.*tflite/],
    ['other JSON', { checkpoint: 'model.keras' }, 'this JSON is not a TensorFlow.js model'],
    ['malformed JSON', '{"modelTopology": ', 'malformed JSON'],
    ['no groups', model({ weightsManifest: {} }), 'no list of weights'],
    ['a group without files', group({ weights: [] }), 'group of weights is malformed'],
    ['a file that is a number', group({ paths: [1], weights: [] }), 'files of a group'],
    ['one file twice', group({ paths: ['a', 'a'], weights: [] }), 'files of a group'],
    ['a missing file', group({ paths: ['a.bin', 'b'], weights: WEIGHTS }), 'no such file'],
    [
      'too many files',
      group({ paths: Array.from({ length: 1001 }, (_, i) => `${i}`), weights: [] }),
      'too many files',
    ],
    ['a name twice', model({}, [...WEIGHTS, WEIGHTS[1]]), /two weights have one name.*conv\/bias/],
    ['a weight without name', model({}, [{ shape: [1], dtype: 'float32' }]), 'a weight has no name'],
    ['a negative size', single({ name: 'odd/w', shape: [-1], dtype: 'float32' }), 'no proper shape'],
    ['a broken size', single({ name: 'odd/w', shape: [1.5], dtype: 'float32' }), 'no proper shape'],
    ['no shape', single({ name: 'odd/w', dtype: 'float32' }), 'no proper shape'],
    ['a huge shape', single({ name: 'odd/w', shape: [1e6, 1e9], dtype: 'float32' }), 'do not have the size'],
    ['an endless shape', single({ name: 'odd/w', shape: [1e15, 1e15], dtype: 'float32' }), 'than any file'],
    ['too few weights', model({}, WEIGHTS.slice(0, 1)), 'do not have the size'],
    ['no layers', model({ modelTopology: {} }), 'no class name'],
  ])('%s', async (_name, document, message) => {
    await refused(document, message);
  });

  it.each([
    ['too short', data().subarray(1)],
    ['too long', Uint8Array.from([...data(), 0])],
    ['empty', new Uint8Array(0)],
  ])('its file is %s', async (_name, bytes) => {
    const message = /do not have the size.*a\.bin; expected 284 bytes; found \d+ bytes/;
    await refused(model(), message, { 'a.bin': bytes });
  });

  it('a shape is not what the layer has, be it as large', async () => {
    const [kernel, ...others] = WEIGHTS;
    await refused(model({}, [{ ...kernel, shape: [3, 3, 3, 2] }, ...others]), /conv/);
  });

  it('a layer has others than its own weights, be they as many', async () => {
    const [conv, norm, odd] = LAYERS;
    const layers = [conv, { ...norm, config: { name: 'bn', axis: -1, scale: false } }, odd];
    const modelTopology = { ...TOPOLOGY, config: { name: 'small', layers } };
    const without = (name: string): Json =>
      model(
        { modelTopology },
        WEIGHTS.filter((weight) => weight.name !== name),
      );
    const files = { 'a.bin': data().subarray(12) };
    await refused(
      without('bn/beta'),
      /weights that its settings call for.*expected beta; found gamma/,
      files,
    );
    await expect(openModel(without('bn/gamma'), files)).resolves.toHaveProperty('format', 'tfjs-layers');
  });

  it('its files cannot be reached', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(model()));
    await expect(openCheckpoint(memorySource('model.json', bytes))).rejects.toThrow('cannot be reached here');
  });
});
