import { beforeAll, describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/core/bytes';
import { CheckpointError } from '../../../src/core/errors';
import { Hdf5File } from '../../../src/core/encodings/hdf5/file';
import { loadHdf5, type Session } from '../../../src/core/encodings/hdf5/library';
import { buildHdf5, Hdf5Writer } from '../../../src/core/encodings/hdf5/writer';
import { memorySource, region } from '../../../src/core/encodings/region';
import { createRandom } from '../../../src/core/random';

const VALUES = Float32Array.from({ length: 1237 }, (_, i) => Math.sin(i));

/** A small file, and one with whatever `spoil` adds by the library's own means. */
async function build(spoil?: (session: Session) => void): Promise<Uint8Array> {
  const library = await loadHdf5();
  return library.create('test.h5', (session) => {
    const writer = new Hdf5Writer(session);
    writer.dataset('group/values', [1237], VALUES);
    writer.text('group', 'note', 'näme');
    writer.texts('group', 'names', ['a', 'bcd']);
    spoil?.(session);
  });
}

async function open(bytes: Uint8Array): Promise<Hdf5File> {
  return Hdf5File.open(memorySource('test.h5', bytes));
}

let good: Uint8Array;
beforeAll(async () => {
  good = await build();
});

describe('an HDF5 file', () => {
  it('gives data sets and attributes as they were written', async () => {
    const file = await open(good);
    const data = file.datasets.get('group/values');
    expect(data).toMatchObject({ dtype: 'float32', shape: [1237] });
    expect(data?.readFloat32()).toEqual(VALUES);
    expect({ ...file.attributesOf('group') }).toEqual({ note: 'näme', names: ['a', 'bcd'] });
    file.close();
  });

  it('keeps element types', async () => {
    const bytes = await buildHdf5('t.h5', (writer) => {
      writer.dataset('f64', [2], Float64Array.of(1e300, -0.1));
      writer.dataset('i64', [2], BigInt64Array.of(-(2n ** 60n), 7n));
      writer.dataset('u8', [1, 2], Uint8Array.of(0, 255));
      writer.dataset('scalar', [], Float32Array.of(2.5));
      writer.dataset('none', [0, 3], new Float32Array(0));
    });
    const file = await open(bytes);
    const types = [...file.datasets.values()].map(({ path, dtype, shape }) => [path, dtype, shape.join('×')]);
    expect(types.sort()).toEqual([
      ['f64', 'float64', '2'],
      ['i64', 'int64', '2'],
      ['none', 'float32', '0×3'],
      ['scalar', 'float32', ''],
      ['u8', 'uint8', '1×2'],
    ]);
    expect(new Float64Array(file.datasets.get('f64')?.readBytes().buffer as ArrayBuffer)).toEqual(
      Float64Array.of(1e300, -0.1),
    );
    expect(file.datasets.get('scalar')?.readFloat32()).toEqual(Float32Array.of(2.5));
    expect(file.datasets.get('u8')?.readFloat32()).toEqual(Float32Array.of(0, 255));
    file.close();
  });

  it('is read by range: opening a file with much data reads little of it', async () => {
    const size = 4_000_000;
    const bytes = await buildHdf5('t.h5', (w) => w.dataset('big', [size], new Float32Array(size).fill(3)));
    let read = 0;
    const inner = memorySource('t.h5', bytes);
    const counted: ByteSource = {
      ...inner,
      read(offset, length) {
        read += length;
        return inner.read(offset, length);
      },
    };
    const file = await Hdf5File.open(counted);
    expect(read).toBeLessThan(200_000);
    expect(
      file.datasets
        .get('big')
        ?.readFloat32()
        .every((value) => value === 3),
    ).toBe(true);
    file.close();
  });

  it('is read in place inside another file', async () => {
    const around = new Uint8Array(good.length + 2000);
    around.set(good, 777);
    const file = await Hdf5File.open(region(memorySource('a.zip', around), 777, good.length));
    expect(file.datasets.get('group/values')?.readFloat32()).toEqual(VALUES);
    file.close();
  });

  it('may be open beside others, read in turns', async () => {
    const files = await Promise.all(
      [1, 2, 3].map(async (n) =>
        open(await buildHdf5('t.h5', (w) => w.dataset('x', [5], new Float32Array(5).fill(n)))),
      ),
    );
    for (let round = 0; round < 3; round += 1) {
      const values = files.map((file) => file.datasets.get('x')?.readFloat32()[0]);
      expect(values).toEqual([1, 2, 3]);
    }
    files[1].close();
    expect(() => files[1].datasets.get('x')?.readFloat32()).toThrow('closed already');
    expect(files[2].datasets.get('x')?.readFloat32()[0]).toBe(3);
    expect(files[0].datasets.get('x')?.readFloat32()[0]).toBe(1);
    for (const file of files) file.close();
  });

  it('passes on what the source says when reading fails', async () => {
    let broken = false;
    const inner = memorySource('t.h5', good);
    const failing: ByteSource = {
      ...inner,
      read(offset, length) {
        if (broken) throw new CheckpointError('the disk is gone', { path: 't.h5' });
        return inner.read(offset, length);
      },
    };
    const file = await Hdf5File.open(failing);
    const other = await open(good);
    expect(other.datasets.get('group/values')?.readFloat32()).toEqual(VALUES);
    broken = true;
    expect(() => file.datasets.get('group/values')?.readFloat32()).toThrow('the disk is gone');
    expect(other.datasets.get('group/values')?.readFloat32()).toEqual(VALUES);
    file.close();
    other.close();
  });
});

describe('a hostile HDF5 file', () => {
  it('with an external link is refused', async () => {
    const bytes = await build(({ module, file }) => {
      module.create_external_link(file, '/etc/passwd', '/x', '/group/out');
    });
    await expect(open(bytes)).rejects.toThrow(/external links are refused.*group\/out.*passwd/);
  });

  it('with a soft link, whole or broken, is refused', async () => {
    for (const target of ['/group/values', '/nowhere', '/group']) {
      const bytes = await build(({ module, file }) => {
        module.create_soft_link(file, target, '/group/soft');
      });
      await expect(open(bytes)).rejects.toThrow('soft links are refused');
    }
  });

  it('whose groups contain themselves is refused', async () => {
    const bytes = await build(({ module, file }) => {
      module.create_hard_link(file, '/group', '/group/again');
    });
    await expect(open(bytes)).rejects.toThrow('too deeply nested');
  });

  it('that declares more than it holds is refused before anything is allocated', async () => {
    const lying = Buffer.from(good);
    const dimension = Buffer.alloc(8);
    dimension.writeBigUInt64LE(1237n);
    let patched = 0;
    for (let at = lying.indexOf(dimension); at >= 0; at = lying.indexOf(dimension, at + 8)) {
      lying.writeBigUInt64LE(1n << 40n, at);
      patched += 1;
    }
    expect(patched).toBeGreaterThan(0);
    await expect(open(Uint8Array.from(lying))).rejects.toThrow(CheckpointError);
  });

  it('whose compressed data come from next to nothing is refused when they are read', async () => {
    const grown = (rows: number) =>
      build(({ h5, module, file }) => {
        const random = createRandom(1);
        const noise = Float32Array.from({ length: 100_000 }, () => random.uniform());
        const root = new h5.Group(file, '/');
        root.create_dataset({ name: 'noise', data: noise, shape: [100_000] });
        const settings = { chunks: [50_000], maxshape: [null], compression: 9 };
        root.create_dataset({ name: 'grown', data: new Float32Array(50_000), shape: [50_000], ...settings });
        expect(module.resize_dataset(file, '/grown', [BigInt(rows)])).toBe(0);
      });
    const honest = await open(await grown(60_000));
    expect(honest.datasets.get('grown')?.readFloat32()).toHaveLength(60_000);
    honest.close();
    await expect(open(await grown(100_000_000))).rejects.toThrow(
      'data sets declare more than the file holds',
    );
    const bomb = await open(await grown(10_000_000));
    expect(() => bomb.datasets.get('grown')?.readFloat32()).toThrow(
      /declares more than is stored of it \(grown; expected at most \d+ times as much; found \d+ bytes of \d+/,
    );
    bomb.close();
  });

  it('with a filter that is not built in is refused by its number', async () => {
    const library = await loadHdf5();
    const spoil = ({ h5, file }: Session) => {
      const data = Float32Array.from({ length: 100 }, (_, i) => i);
      const settings = { shape: [100], chunks: [100], compression: 1 };
      new h5.Group(file, '/').create_dataset({ name: 'packed', data, ...settings });
    };
    const bytes = library.create('test.h5', spoil, 'oldest');
    const accepted = await open(bytes);
    expect(accepted.datasets.get('packed')?.shape).toEqual([100]);
    accepted.close();
    // Name length, flags, count of values and the filter's name behind its number. Source: format specification IV.A.2.l.
    const name = Buffer.from(bytes).indexOf('deflate');
    expect(name).toBeGreaterThan(0);
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint16(name - 8, 32_000, true);
    await expect(open(changed)).rejects.toThrow(/compressed in a way that is not read.*filter 32000/);
  });

  it('whose heap of texts has an object without end is refused, where the library would walk on for ever', async () => {
    const at = good.findIndex((_, i) => Buffer.from(good.subarray(i, i + 4)).toString('latin1') === 'GCOL');
    for (const [offset, size] of [
      [24, 0xffff_ffff_ffff_fff0n],
      [24, 1n << 20n],
      [8, 1n << 40n],
      [8, 0n],
    ] as const) {
      const changed = good.slice();
      new DataView(changed.buffer).setBigUint64(at + offset, size, true);
      const file = await open(changed);
      expect(() => file.attributesOf('group')).toThrow('the HDF5 structure is damaged');
      file.close();
    }
    const file = await open(good);
    expect(file.attributesOf('group')).toHaveProperty('note', 'näme');
    file.close();
  });

  it('that is cut anywhere is called truncated', async () => {
    for (const length of [9, 20, 47, 100, 600, good.length - 1]) {
      await expect(open(good.slice(0, length))).rejects.toThrow('truncated');
    }
  });

  it('with any byte changed gives an answer or a clear error, and the next file still opens', async () => {
    const random = createRandom(11);
    for (let round = 0; round < 150; round += 1) {
      const changed = good.slice();
      for (let i = 0; i < 3; i += 1)
        changed[Math.floor(random.uniform() * 1500)] = Math.floor(random.uniform() * 256);
      try {
        const file = await open(changed);
        file.datasets.get('group/values')?.readFloat32();
        file.attributesOf('group');
        file.close();
      } catch (error) {
        expect(error, `round ${round}`).toBeInstanceOf(CheckpointError);
      }
    }
    const file = await open(good);
    expect(file.datasets.get('group/values')?.readFloat32()).toEqual(VALUES);
    file.close();
  });
});
