import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { withConvolutions } from '../../../src/core/acnet/loose';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Variant } from '../../../src/shared/choices';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { CheckpointError } from '../../../src/core/errors';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import { memorySink, openBytes, safetensorsOf } from '../../support/torch-files';
import { normShapes, partsOf, resaved, weightsFile, type Shapes } from '../../support/weights-file';

/** With one more tensor, or another in the place of one. */
function withTensor(
  bytes: Uint8Array,
  name: string,
  dtype: string,
  shape: number[],
  own: Uint8Array,
): Uint8Array {
  const { header, data } = partsOf(resaved(bytes));
  const old = name in header ? header[name].data_offsets : [data.length, data.length];
  const kept = new Uint8Array([...data.subarray(0, old[0]), ...data.subarray(old[1])]);
  delete header[name];
  for (const entry of Object.values(header)) {
    if (entry.data_offsets[0] >= old[1])
      entry.data_offsets = entry.data_offsets.map((at) => at - (old[1] - old[0])) as [number, number];
  }
  header[name] = { dtype, shape, data_offsets: [kept.length, kept.length + own.length] };
  return safetensorsOf(header, new Uint8Array([...kept, ...own]));
}

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const halves = (...words: number[]): Uint8Array => new Uint8Array(Uint16Array.from(words).buffer);
const wholes = (...values: number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);

const NET: Shapes = { 'c.weight': [4, 2, 3, 3], ...normShapes('bn', 4), 'head.weight': [2, 4] };
const open = (bytes: Uint8Array): Promise<Checkpoint> => openBytes('x.safetensors', bytes);

async function written(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { sink, bytes } = memorySink('y.safetensors');
  await writeCheckpoint(checkpoint, sink);
  return bytes();
}

/** A conversion of weights without a network; random kernels, so that every branch counts. */
async function converted(shapes: Shapes, variant: Variant): Promise<Uint8Array> {
  const known = withConvolutions(await open(weightsFile(shapes)), true);
  const { chosen: sites } = chooseSites(findSites(known));
  const options = { sites, variant, branches: 'paper', seed: 1, gamma: 0.5 } as const;
  return written(convertToAcnet(known, options).checkpoint);
}

const fused = async (checkpoint: Checkpoint): Promise<Checkpoint> =>
  open(await written(fuseAcnet(withConvolutions(checkpoint, false), { fold: false }).checkpoint));

function placesOf(checkpoint: Checkpoint): (number | undefined)[][] {
  return findSites(withConvolutions(checkpoint, false)).map(({ block }) => [block?.row, block?.column]);
}

const valuesOf = (checkpoint: Checkpoint, name: string): number[] => [
  ...(checkpoint.tensors.get(name)?.readFloat32() ?? []),
];
/** What a reader assumed of blocks. */
const assumedOfBlocks = ({ assumptions = [] }: Checkpoint): string | undefined =>
  assumptions.map(({ text }) => text).find((text) => text.startsWith('the branches of'));
const ASSUMED = /^the branches of 1 block are assumed to land on the centre row and column/;

describe('where the branches of a block land', () => {
  it('is a tensor of the block, which outlives what stands beside the tensors', async () => {
    const before = await converted(NET, 'border');
    const after = await open(resaved(before));
    expect(valuesOf(after, 'c.landing')).toEqual([2, 2]);
    expect(placesOf(after)).toEqual([[2, 2]]);
    expect(assumedOfBlocks(after)).toBeUndefined();
    // The kernel is the same as when the notes were there; its keys are the reference code's.
    const [noted, lost] = [await fused(await open(before)), await fused(after)];
    const scale = valuesOf(noted, 'bn.weight').map((gamma) => gamma);
    expect(scale).toEqual([1, 1, 1, 1]);
    valuesOf(lost, 'c.fused_conv.weight').forEach((value, i) => {
      expect(value).toBeCloseTo(valuesOf(noted, 'c.weight')[i], 6);
    });
    for (const back of [noted, lost]) expect([...back.tensors.keys()].join()).not.toMatch(/landing/);
  });

  it('needs no word at the centre, so that blocks there go into the reference code’s class', async () => {
    const before = await converted(NET, 'skeleton');
    const stored = await open(before);
    expect([...stored.tensors.keys()].filter((key) => key.endsWith('landing'))).toEqual([]);
    expect(assumedOfBlocks(stored)).toBeUndefined();
    const after = await open(resaved(before));
    expect(placesOf(after)).toEqual([[1, 1]]);
    expect(assumedOfBlocks(after)).toMatch(ASSUMED);
  });

  it('is stored of kernels of even size, whose centre is read in two ways', async () => {
    const shapes = { ...NET, 'c.weight': [4, 2, 4, 4] };
    const after = await open(resaved(await converted(shapes, 'skeleton')));
    expect(valuesOf(after, 'c.landing')).toEqual([1, 1]);
    expect(assumedOfBlocks(after)).toBeUndefined();
  });

  it('is not stored as known where it was assumed', async () => {
    const after = await open(resaved(await converted({ ...NET, 'd.weight': [4, 2, 4, 4] }, 'skeleton')));
    const again = await open(await written(withConvolutions(after, false)));
    expect(assumedOfBlocks(again)).toMatch(ASSUMED);
    expect(valuesOf(again, 'd.landing')).toEqual([1, 1]);
    expect([...again.tensors.keys()]).not.toContain('c.landing');
  });

  it('goes with its block under another prefix', async () => {
    const { header, data } = partsOf(resaved(await converted(NET, 'border')));
    const renamed = Object.fromEntries(
      Object.entries(header).map(([key, entry]) => [`module.${key}`, entry]),
    );
    expect(placesOf(await open(safetensorsOf(renamed, data)))).toEqual([[2, 2]]);
  });

  it.each([
    ['half precision', 'F16', halves(0x4000, 0x4000)],
    ['bfloat16', 'BF16', halves(0x4000, 0x4000)],
    ['integers', 'I64', wholes(2, 2)],
    ['a moving average', 'F32', floats(1.9999998, 2.0000002)],
    ['a moving average in bfloat16', 'BF16', halves(0x3fff, 0x4000)],
  ])('is read from %s', async (_, dtype, marker) => {
    const bytes = withTensor(await converted(NET, 'border'), 'c.landing', dtype, [2], marker);
    expect(placesOf(await open(bytes))).toEqual([[2, 2]]);
  });

  it('is none of the business of a tensor of that name that is in no block', async () => {
    const bytes = withTensor(weightsFile(NET), 'c.landing', 'F32', [3], floats(7, 8, 9));
    const checkpoint = await open(bytes);
    expect(valuesOf(await open(await written(withConvolutions(checkpoint, false))), 'c.landing')).toEqual([
      7, 8, 9,
    ]);
  });

  it.each([
    [
      'three numbers',
      'F32',
      [3],
      floats(2, 2, 2),
      /cannot be read \(c\.landing; expected two numbers[^;]*; found float32 \[3\]/,
    ],
    ['a matrix', 'F32', [1, 2], floats(2, 2), /found float32 \[1, 2\]/],
    ['truth values', 'BOOL', [2], new Uint8Array([1, 1]), /found bool \[2\]/],
    ['eight bits', 'F8_E4M3', [2], new Uint8Array([0x40, 0x40]), /found elements of a type that is not read/],
    ['no row', 'F32', [2], floats(1.5, 2), /expected two numbers: a row from 0 to 2[^;]*; found 1\.5, 2/],
    ['no numbers', 'F32', [2], floats(NaN, 2), /found NaN, 2/],
    [
      'a row below',
      'F32',
      [2],
      floats(3, 2),
      /outside of its square kernel \(c\.landing; expected a row from 0 to 2[^;]*; found row 3, column 2/,
    ],
    ['a row above', 'I64', [2], wholes(-1, 2), /found row -1, column 2/],
  ])('is refused in one sentence where the file has %s for it', async (_, dtype, shape, marker, message) => {
    const bytes = withTensor(await converted(NET, 'border'), 'c.landing', dtype, shape, marker);
    const refused = await open(bytes).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CheckpointError);
    expect((refused as Error).message).toMatch(message);
  });

  it('is refused where note and marker differ, and where the note alone is outside of the kernel', async () => {
    const bytes = await converted(NET, 'border');
    const { header, data } = partsOf(bytes);
    const noted = (note: object): Promise<Checkpoint> => {
      const acnet = JSON.stringify({ version: 1, blocks: { c: note } });
      return open(safetensorsOf({ ...header, __metadata__: { acnet } }, data));
    };
    await expect(noted({ norm: 'bn', row: 1, column: 1 })).rejects.toThrow(
      /says twice.*expected row 1, column 1[^;]*; found row 2, column 2/,
    );
    await expect(noted({ norm: 'bn', row: 3, column: 1 })).rejects.toThrow(
      /outside of its square kernel \(note of c/,
    );
    expect(placesOf(await noted({ norm: 'bn', row: 2, column: 2 }))).toEqual([[2, 2]]);
  });
});
