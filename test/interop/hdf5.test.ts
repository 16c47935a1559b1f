import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Hdf5File } from '../../src/core/encodings/hdf5/file';
import { openFile } from '../../src/files/source';
import { runPython } from '../support/peers';

/** Files that only Python's h5py can make; each hostile one beside an honest twin. */
const SCRIPT = `
import sys, os
import h5py, numpy as np
os.chdir(sys.argv[1])
data = np.arange(12, dtype="float32").reshape(3, 4)
np.array([41, 42, 43, 44], dtype="float32").tofile("secret.bin")
with h5py.File("target.h5", "w") as f:
    f["x"] = data
with h5py.File("plain.h5", "w") as f:
    f["a/x"] = data
with h5py.File("latest.h5", "w", libver="latest") as f:
    f["a/x"] = data
with h5py.File("external.h5", "w") as f:
    f.create_dataset("a/x", (4,), dtype="float32", external=[("secret.bin", 0, 16)])
with h5py.File("device.h5", "w") as f:
    f.create_dataset("a/x", (4,), dtype="float32", external=[("/dev/urandom", 0, 16)])
for name, source in (("virtual.h5", "target.h5"), ("virtual-self.h5", ".")):
    with h5py.File(name, "w") as f:
        f["x"] = data
        layout = h5py.VirtualLayout(shape=(3, 4), dtype="float32")
        layout[:] = h5py.VirtualSource(source, "x", shape=(3, 4))
        f.create_virtual_dataset("a/x", layout)
with h5py.File("link.h5", "w") as f:
    f.create_group("a")["x"] = h5py.ExternalLink("target.h5", "/x")
with h5py.File("packed.h5", "w") as f:
    f.create_dataset("a/x", data=np.ones((500, 400), "float32"), chunks=(50, 400), compression="gzip", shuffle=True, fletcher32=True)
with h5py.File("bomb.h5", "w") as f:
    f.create_dataset("a/x", (1 << 20, 1 << 20), dtype="float32", chunks=(1024, 1024), compression="gzip")
with h5py.File("late.h5", "w") as f:
    f.create_dataset("a/x", (1 << 20, 1 << 10), dtype="float32")
with h5py.File("big-endian.h5", "w") as f:
    f["a/x"] = data.astype(">f4")
with h5py.File("half.h5", "w") as f:
    f["a/x"] = np.array([1.5, -2, 65504, 6e-8, np.inf, np.nan], dtype="float16")
with h5py.File("brain.h5", "w") as f:
    f.create_dataset("a/x", data=np.array([0x3F80, 0xC040, 0x7F80], dtype="uint16").view("V2")).attrs["dtype"] = "bfloat16"
with h5py.File("objects.h5", "w") as f:
    f["a/x"] = data
    f["text"] = "words"
    f["pairs"] = np.zeros(3, dtype=[("a", "i4"), ("b", "f4")])
    f["reference"] = f["a"].ref
    f["bool"] = np.array([True, False])
`;

const folder = mkdtempSync(join(tmpdir(), 'acnet-hdf5-'));
beforeAll(() => {
  runPython(SCRIPT, [folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(name: string): Promise<number[]> {
  const source = openFile(join(folder, name));
  try {
    const file = await Hdf5File.open(source);
    const values = file.datasets.get('a/x')?.readFloat32() ?? [];
    file.close();
    return [...values];
  } finally {
    source.close();
  }
}

const COUNT = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

describe('an HDF5 file made by h5py', () => {
  it.each(['plain.h5', 'latest.h5', 'big-endian.h5', 'objects.h5'])('%s is read', async (name) => {
    expect(await read(name)).toEqual(COUNT);
  });

  it('that is compressed and checked is read', async () => {
    const values = await read('packed.h5');
    expect(values).toHaveLength(200_000);
    expect(values.every((value) => value === 1)).toBe(true);
  });

  it('of half precisions is widened', async () => {
    expect(await read('half.h5')).toEqual([1.5, -2, 65504, Math.fround(5.960464477539063e-8), Infinity, NaN]);
    expect(await read('brain.h5')).toEqual([1, -3, Infinity]);
  });

  it.each([
    ['external.h5', /data from another file.*secret\.bin/],
    ['device.h5', /data from another file.*urandom/],
    ['virtual.h5', /virtual data sets are refused.*a\/x/],
    ['virtual-self.h5', /virtual data sets are refused/],
    ['link.h5', /external links are refused.*target\.h5/],
    ['bomb.h5', /declare more than the file holds.*a\/x/],
    ['late.h5', /declare more than the file holds/],
  ])('%s is refused', async (name, message) => {
    await expect(read('target.h5')).resolves.toEqual([]);
    await expect(read(name)).rejects.toThrow(message);
  });
});
