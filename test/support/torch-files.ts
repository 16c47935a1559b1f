import type { ByteSink } from '../../src/core/bytes';
import type { Checkpoint } from '../../src/core/checkpoint';
import { openCheckpoint } from '../../src/core/formats/registry';
import { memorySource } from '../../src/core/encodings/region';
import { ZipWriter } from '../../src/core/encodings/zip/writer';
import { littleEndian, pickle } from './pickles';

/** A sink that keeps what it is given; further files by name. */
export function memorySink(path: string): {
  sink: ByteSink;
  bytes: () => Uint8Array;
  files: Map<string, string>;
} {
  const parts: Uint8Array[] = [];
  const files = new Map<string, string>();
  const sink: ByteSink = {
    path,
    write: (bytes) => void parts.push(bytes.slice()),
    sibling: (name) => ({
      path: name,
      write: (bytes) => void files.set(name, (files.get(name) ?? '') + new TextDecoder().decode(bytes)),
    }),
  };
  return { sink, bytes: () => pickle(...parts), files };
}

/** A zip archive of stored entries. */
export function zipOf(entries: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const { sink, bytes } = memorySink('test.zip');
  const zip = new ZipWriter(sink);
  for (const [name, content] of Object.entries(entries)) {
    zip.add(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }
  zip.finish();
  return bytes();
}

/** What `torch.save` writes: a pickled value and its storages. */
export function torchZip(
  value: Uint8Array,
  storages: Readonly<Record<string, Float32Array>> = {},
): Uint8Array {
  const data = Object.entries(storages).map(([key, values]) => [`net/data/${key}`, bytesOf(values)] as const);
  return zipOf({
    'net/data.pkl': pickle('\x80\x02', value, '.'),
    'net/byteorder': 'little',
    ...Object.fromEntries(data),
    'net/version': '3\n',
  });
}

/** What `torch.save` wrote before 1.6. */
export function torchLegacy(value: Uint8Array, storages: Readonly<Record<string, Float32Array>>): Uint8Array {
  const key = (name: string): Uint8Array => pickle('U', [name.length], name);
  return pickle(
    '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.',
    '\x80\x02M\xe9\x03.',
    ...['\x80\x02}(', key('little_endian'), '\x88u.'],
    ...['\x80\x02', value, '.'],
    ...['\x80\x02](', ...Object.keys(storages).map(key), 'e.'],
    ...Object.values(storages).flatMap((values) => [littleEndian(values.length, 8), bytesOf(values)]),
  );
}

export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A safetensors file. */
export function safetensorsOf(header: object, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  return pickle(littleEndian(text.length, 8), text, data);
}

/** Opens bytes as a file of a name. */
export function openBytes(path: string, bytes: Uint8Array): Promise<Checkpoint> {
  return openCheckpoint(memorySource(path, bytes));
}
