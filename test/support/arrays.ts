import { deflateRawSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { ZipWriter } from '../../src/core/encodings/zip/writer';
import { crc32 } from '../../src/core/encodings/zip/crc32';

/** A `.npy` file of bytes; the header is the caller's. */
export function makeNpy(
  shape: readonly number[],
  values: Uint8Array | readonly number[],
  descr = '|u1',
  header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`,
): Uint8Array {
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 0, 0]);
  head.writeUInt16LE(padded.length, 8);
  return new Uint8Array(Buffer.concat([head, Buffer.from(padded, 'latin1'), Uint8Array.from(values)]));
}

/** Whole numbers of eight bytes, as NumPy's own are. */
export function longs(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
}

/** An archive of stored arrays. */
export function makeNpz(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new ZipWriter({ path: 'test', write: (bytes) => void parts.push(bytes.slice()) });
  for (const [name, bytes] of Object.entries(arrays)) writer.add(`${name}.npy`, bytes);
  writer.finish();
  return new Uint8Array(Buffer.concat(parts));
}

/** The same deflated, as `numpy.savez_compressed` writes it. */
export function makeDeflatedNpz(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(arrays)) {
    const file = Buffer.from(`${name}.npy`);
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(file.length, 22);
    files.push(Buffer.from('PK\x03\x04', 'latin1'), common, file, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, file);
    offset += 30 + file.length + packed.length;
  }
  const count = Object.keys(arrays).length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...files, ...directory, end]));
}

/** The arrays of an archive, by name. */
export function arraysOf(npz: Uint8Array): Record<string, Uint8Array> {
  const files = Object.entries(unzipSync(npz));
  return Object.fromEntries(files.map(([name, bytes]) => [name.replace(/\.npy$/, ''), bytes]));
}
