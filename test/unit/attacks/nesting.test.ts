import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointError, UserError } from '../../../src/core/errors';
import { buildHdf5 } from '../../../src/core/encodings/hdf5/writer';
import { openCheckpointFile } from '../../../src/files/open';
import { readJob } from '../../../src/operations/job/job';
import { jobHistory } from '../../../src/operations/job/history';
import { parseJson, parsePlainJson } from '../../../src/core/encodings/json';
import { temporaryFolder } from '../../support/folders';
import { dictPickle, littleEndian, pickle, tensorPickle } from '../../support/pickles';
import { zipOf } from '../../support/torch-files';

const LEVELS = 5000;

const lists = (levels: number, inside = ''): string => '['.repeat(levels) + inside + ']'.repeat(levels);
const objects = (levels: number): string => '{"a":'.repeat(levels) + '0' + '}'.repeat(levels);

const safetensors = (header: string): Uint8Array =>
  pickle(littleEndian(header.length, 8), new TextEncoder().encode(header), new Uint8Array(4));
const ONE = '"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';

/** Groups in one another. */
function groups(levels: number): Promise<Uint8Array> {
  const name = Array.from({ length: levels }, () => 'g').join('/');
  return buildHdf5('net.h5', (writer) => writer.dataset(`${name}/w`, [1], Float32Array.of(1)));
}

/** Models in one another, as Keras writes them. */
function models(levels: number): string {
  const dense = { class_name: 'Dense', config: { name: 'dense', units: 1 } };
  let inner: object = dense;
  for (let i = 0; i < levels; i++) {
    inner = { class_name: 'Sequential', config: { name: `s${i}`, layers: [inner] } };
  }
  return JSON.stringify(inner);
}

type Make = (deep: string) => Uint8Array | string | Promise<Uint8Array>;

/** Where foreign JSON is read as part of a checkpoint. */
const READERS: ReadonlyArray<readonly [string, Make]> = [
  ['net.safetensors', (deep) => safetensors(`{${ONE},"x":${deep}}`)],
  ['net.safetensors.index.json', (deep) => `{"weight_map":${deep}}`],
  ['model.json', (deep) => `{"modelTopology":${deep}}`],
  ['net.keras', (deep) => zipOf({ 'metadata.json': '{}', 'config.json': deep, 'model.weights.h5': '' })],
  ['net.h5', (deep) => buildHdf5('net.h5', (writer) => writer.text('', 'model_config', deep))],
  [
    'net.pth',
    (deep) =>
      zipOf({
        'net/data.pkl': pickle(
          '\x80\x02',
          dictPickle({ w: tensorPickle('0', { shape: [1], count: 1 }) }),
          '.',
        ),
        'net/data/0': new Uint8Array(4),
        'net/version': '3\n',
        'net/acnet.json': deep,
      }),
  ],
];

async function outcomeOf(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, bytes);
  try {
    (await openCheckpointFile(file)).close();
    return 'opened';
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
}

describe(`${LEVELS} levels of JSON are refused in a sentence`, () => {
  it.each(READERS)('%s', async (name, make) => {
    for (const deep of [lists(LEVELS), objects(LEVELS), lists(1_000_000)]) {
      expect(await outcomeOf(name, await make(deep))).toMatch(
        /JSON is nested too deeply \(.*expected at most 200 levels\)$/,
      );
    }
    // Of what is nested less, something else is wrong, or nothing.
    expect(await outcomeOf(name, await make(lists(150)))).not.toMatch(/nested/);
  });

  it('a job', () => {
    const job = (value: string) => () =>
      readJob(`{"checkpoint": ${value}, "data": {"folder": "x"}}`, '/jobs/a.acnet.json');
    expect(job(lists(LEVELS))).toThrow(
      '/jobs/a.acnet.json: JSON is nested too deeply (expected at most 200 levels)',
    );
    expect(job(objects(LEVELS))).toThrow(UserError);
    expect(job(lists(150))).toThrow(/"checkpoint" must be text \(found /);
    expect(job('"net.keras"')().epochs).toBe(10);
  });

  it('what a run left is left out', () => {
    const folder = path.join(temporaryFolder(), 'a.acnet');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'log.jsonl'), `${lists(LEVELS)}\n{"event":"begin"}\n`);
    writeFileSync(path.join(folder, 'result.json'), objects(LEVELS));
    expect(jobHistory(folder)).toEqual({ lines: [{ event: 'begin' }], result: undefined });
  });
});

describe('JSON in bounds', () => {
  const parsers = [
    ['as it is spelled', (text: string) => parseJson(text, { path: 'a.json' })],
    ['for its values', (text: string) => parsePlainJson(text, { path: 'a.json' })],
  ] as const;
  it.each(parsers)('%s', (_, parse) => {
    expect(parse('['.repeat(200) + ']'.repeat(200))).toHaveLength(1);
    expect(() => parse('['.repeat(201) + ']'.repeat(201))).toThrow('a.json: JSON is nested too deeply');
    // What only looks so, in a text, is not nested.
    const text = '[{"\\\\\\"'.repeat(1000);
    expect(parse(JSON.stringify([text, text]))).toEqual([text, text]);
    expect(() => parse(`[${'0,'.repeat(2_000_000)}0]`)).toThrow(
      'a.json: JSON has too many values (expected at most 2000000)',
    );
    expect(parse(`[${'0,'.repeat(1_000_000)}0]`)).toHaveLength(1_000_001);
    expect(() => parse(`"${'a'.repeat(50_400_000)}"`)).toThrow('a.json: JSON is too long');
  });
});

describe('what is nested otherwise', () => {
  it('groups of HDF5 in one another are refused beyond 32', async () => {
    expect(await outcomeOf('net.h5', await groups(500))).toMatch(/too deeply nested groups/);
    expect(await outcomeOf('net.h5', await groups(20))).toBe('opened');
  });

  it('models of Keras in one another', async () => {
    const keras = (levels: number): Uint8Array =>
      zipOf({ 'metadata.json': '{}', 'config.json': models(levels), 'model.weights.h5': '' });
    expect(await outcomeOf('net.keras', keras(1000))).toMatch(/nested too deeply/);
    expect(await outcomeOf('net.keras', keras(50))).not.toMatch(/nested too deeply|stack/);
  });
});
