import { beforeAll, describe, expect, it } from 'vitest';
import { loadHdf5 } from '../../../src/core/encodings/hdf5/library';
import { deflatedEntry, joinedZip, zipOfDeflated, zipOfZeros } from '../../support/bombs';
import { dictPickle, pickle, tensorPickle } from '../../support/pickles';
import { expectWithinReach, useExaminer, type Answer } from '../../support/examiner';

const examined = useExaminer();

describe('checkpoints that would take all memory', () => {
  const KERNEL = [3, 3, 8, 8];
  const weights = new Float32Array(576);
  const safetensors = (header: string): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]);
  };
  const one = '"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  const dataset = async (data: Float32Array, settings: object, rows?: number): Promise<Uint8Array> =>
    (await loadHdf5()).create('net.h5', ({ h5, module, file }) => {
      const shape = [data.length];
      new h5.Group(file, '/').create_dataset({ name: 'w', data, shape, maxshape: [null], ...settings });
      if (rows !== undefined) module.resize_dataset(file, '/w', [BigInt(rows)]);
    });
  let base: Answer;
  beforeAll(async () => {
    base = examined('checkpoint', { 'net.h5': await dataset(weights, { chunks: [576] }) }, 'net.h5');
    expect(base.outcome).toBe('taken');
  });

  const torch = (entry: string, mebibytes: number): Buffer => {
    const pickled = pickle(
      '\x80\x02',
      dictPickle({ w: tensorPickle('0', { shape: KERNEL, count: 576 }) }),
      '.',
    );
    const files = [deflatedEntry('net/version', Buffer.from('3\n'))];
    if (entry !== 'net/data.pkl') files.push(deflatedEntry('net/data.pkl', pickled));
    return joinedZip(zipOfDeflated(files), zipOfZeros(entry, { mebibytes }));
  };
  const keras = (entry: string, mebibytes: number): Buffer => {
    const files = [deflatedEntry('metadata.json', Buffer.from('{"keras_version": "3.0.0"}'))];
    if (entry !== 'config.json') files.push(deflatedEntry('config.json', Buffer.from('{}')));
    return joinedZip(zipOfDeflated(files), zipOfZeros(entry, { mebibytes }));
  };
  const CASES: ReadonlyArray<readonly [string, string, () => Uint8Array | Promise<Uint8Array>, RegExp]> = [
    ['weights of 1 GB, deflated', 'net.pth', () => torch('net/data/0', 1000), /too large when unpacked/],
    ['a pickle of 1 GB, deflated', 'net.pth', () => torch('net/data.pkl', 1000), /too large when unpacked/],
    ['notes of 1 GB, deflated', 'net.pth', () => torch('net/acnet.json', 1000), /too large when unpacked/],
    [
      'a configuration of 1 GB, deflated',
      'net.keras',
      () => keras('config.json', 1000),
      /too large when unpacked/,
    ],
    [
      'weights of 1 GB, deflated, of Keras',
      'net.keras',
      () => keras('model.weights.h5', 1000),
      /too large when unpacked/,
    ],
    [
      'a data set of 4 GB that is not stored',
      'net.h5',
      () => dataset(weights, { chunks: [576], compression: 9 }, 1_000_000_000),
      /declare more than the file holds/,
    ],
    [
      'a data set of 40 MB that is not stored',
      'net.h5',
      () => dataset(weights, { chunks: [576], compression: 9 }, 10_000_000),
      /declares more than is stored of it/,
    ],
    [
      'a block of 40 MB, deflated',
      'net.h5',
      () => dataset(new Float32Array(10_000_000), { chunks: [10_000_000], compression: 9 }),
      /^taken$/,
    ],
    [
      'a header of 90 MB',
      'net.safetensors',
      () => safetensors(`{${one},"__metadata__":{"a":"${'a'.repeat(90_000_000)}"}}`),
      /not a safetensors file/,
    ],
    [
      'a header of ten million lists',
      'net.safetensors',
      () => safetensors(`{${one},"x":[${'[],'.repeat(10_000_000)}0]}`),
      /JSON has too many values/,
    ],
    [
      'a model of ten million objects',
      'model.json',
      () => Buffer.from(`{"modelTopology":[${'{},'.repeat(10_000_000)}0]}`),
      /JSON has too many values/,
    ],
    [
      'a header of 100,000 tensors',
      'net.safetensors',
      () => {
        const tensor = '{"dtype":"F32","shape":[1,1,0,3],"data_offsets":[4,4]}';
        const names = Array.from({ length: 100_000 }, (_, i) => `,"layers.${i}.weight":${tensor}`);
        return safetensors(`{${one}${names.join('')}}`);
      },
      /^taken$/,
    ],
  ];
  it('a block of 200 MB is too much for the HDF5 library, which says so', async () => {
    const block = dataset(new Float32Array(1_000_000), { chunks: [50_000_000], compression: 9 });
    await expect(block).rejects.toThrow(
      'net.h5: the file has a block that takes too much memory (expected at most ',
    );
  });

  it.each(CASES)('%s', async (_, name, bytes, outcome) => {
    const answer = examined('checkpoint', { [name]: await bytes() }, name);
    expect(answer.outcome).toMatch(outcome);
    expectWithinReach(answer, base);
  });
});
