import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { crc32 } from '../../src/core/encodings/zip/crc32';
import { dictPickle, littleEndian, pickle, tensorPickle } from './pickles';

/** Sizes of each tensor, PyTorch's layout. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** So many 3×3 convolutions with batch norms; 1,024 channels are 37.8 MB each. */
export function convolutionShapes(layers: number, channels: number): Shapes {
  const shapes = new Map<string, readonly number[]>();
  for (let i = 0; i < layers; i++) {
    shapes.set(`layers.${i}.conv.weight`, [channels, channels, 3, 3]);
    for (const name of ['weight', 'bias', 'running_mean', 'running_var']) {
      shapes.set(`layers.${i}.bn.${name}`, [channels]);
    }
  }
  return shapes;
}

const bytesOf = (shape: readonly number[]): number => 4 * shape.reduce((a, b) => a * b, 1);

/** A safetensors file of float32 zeros that takes no space on the disk. */
export function makeSparseSafetensors(path: string, shapes: Shapes): void {
  let end = 0;
  const header = [...shapes].map(([name, shape]) => {
    const start = end;
    end += bytesOf(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }] as const;
  });
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const fd = openSync(path, 'w');
  writeSync(fd, pickle(littleEndian(text.length, 8), text));
  ftruncateSync(fd, 8 + text.length + end);
  closeSync(fd);
}

/**
 * What `torch.save` would write of float32 zeros, without space on the disk: a zip archive with 64-bit places, since it is
 * larger than 4 GiB. Layout: PKWARE's APPNOTE, 4.3 and 4.5.3.
 */
export function makeSparseTorch(path: string, shapes: Shapes): void {
  const names = [...shapes.keys()];
  const tensors = [...shapes].map(([name, shape], i) => {
    return [name, tensorPickle(String(i), { shape, count: bytesOf(shape) / 4 })] as const;
  });
  const value = pickle('\x80\x02', dictPickle(Object.fromEntries(tensors)), '.');
  const fd = openSync(path, 'w');
  const directory: Uint8Array[] = [];
  let at = 0;
  // The sums of what is not there are wrong: storages are read in place and never summed.
  const add = (name: string, size: number, content?: Uint8Array): void => {
    const common = pickle(
      new Uint8Array(8),
      littleEndian(content ? crc32(content) : 0, 4),
      littleEndian(size, 4),
      littleEndian(size, 4),
    );
    const length = littleEndian(name.length, 2);
    const local = pickle('PK\x03\x04', littleEndian(45, 2), common, length, [0, 0], name);
    const place = pickle([1, 0, 8, 0], littleEndian(at, 8));
    directory.push(
      pickle(
        'PK\x01\x02',
        littleEndian(45, 2),
        littleEndian(45, 2),
        common,
        length,
        littleEndian(place.length, 2),
      ),
      pickle(new Uint8Array(10), littleEndian(0xffffffff, 4), name, place),
    );
    writeSync(fd, local, 0, local.length, at);
    if (content) writeSync(fd, content, 0, content.length, at + local.length);
    at += local.length + size;
  };
  add('net/data.pkl', value.length, value);
  add('net/byteorder', 6, pickle('little'));
  names.forEach((name, i) => add(`net/data/${i}`, bytesOf(shapes.get(name) ?? [])));
  const central = pickle(...directory);
  const count = littleEndian(names.length + 2, 8);
  const end64 = pickle(
    ...['PK\x06\x06', littleEndian(44, 8), littleEndian(45, 2), littleEndian(45, 2), new Uint8Array(8)],
    ...[count, count, littleEndian(central.length, 8), littleEndian(at, 8)],
  );
  const locator = pickle(
    'PK\x06\x07',
    new Uint8Array(4),
    littleEndian(at + central.length, 8),
    littleEndian(1, 4),
  );
  const end = pickle('PK\x05\x06', new Uint8Array(4), new Uint8Array(12).fill(255), [0, 0]);
  const tail = pickle(central, end64, locator, end);
  writeSync(fd, tail, 0, tail.length, at);
  closeSync(fd);
}
