import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/core/encodings/region';
import { readDirectory } from '../../../src/core/encodings/zip/directory';
import { openEntry, readEntry } from '../../../src/core/encodings/zip/entry';
import { ZipWriter } from '../../../src/core/encodings/zip/writer';

const LIMIT = 1 << 20;

function archive(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [];
  const zip = new ZipWriter({ path: 'a.zip', write: (bytes) => parts.push(bytes.slice()) });
  for (const [name, bytes] of Object.entries(entries)) zip.add(name, bytes);
  zip.finish();
  return Uint8Array.from(Buffer.concat(parts));
}

function read(bytes: Uint8Array, limit = LIMIT): Record<string, Uint8Array> {
  const source = memorySource('a.zip', bytes);
  const entries = [...readDirectory(source).values()];
  return Object.fromEntries(entries.map((entry) => [entry.name, readEntry(source, entry, limit)]));
}

/** Replaces every occurrence of a name by another of the same length. */
function rename(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1').replaceAll(from, to);
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a zip archive', () => {
  it('comes back as it was written', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.uint8Array({ maxLength: 300 }), { maxKeys: 6 }), (entries) => {
        expect(read(archive(entries))).toEqual({ ...entries });
      }),
    );
  });

  it('gives a stored entry in place and a deflated one from memory', () => {
    const bytes = Uint8Array.from({ length: 2000 }, (_, i) => i % 7);
    for (const level of [0, 6] as const) {
      const source = memorySource('a.zip', zipSync({ 'w.h5': [bytes, { level }] }));
      const entry = readDirectory(source).get('w.h5');
      expect(entry?.method).toBe(level === 0 ? 'stored' : 'deflated');
      if (entry) expect(openEntry(source, entry).read(1990, 10)).toEqual(bytes.subarray(1990));
    }
  });

  it('refuses two entries of one name, and takes two names', () => {
    const bytes = archive({ 'aa.txt': text('1'), 'bb.txt': text('2') });
    expect(Object.keys(read(bytes))).toEqual(['aa.txt', 'bb.txt']);
    expect(() => read(rename(bytes, 'bb.txt', 'aa.txt'))).toThrow('two entries have one name');
  });

  it.each(['../x', '/xxx', 'a/..', 'c:/x', '..\\x'])('refuses the name %s', (name) => {
    const bytes = archive({ 'a/bb': text('1') });
    expect(Object.keys(read(bytes))).toEqual(['a/bb']);
    expect(() => read(rename(bytes, 'a/bb', name))).toThrow('leads out of the archive');
  });

  it('refuses a bomb by ratio and by size, and takes ordinary text', () => {
    const ordinary = zipSync({ a: text('ordinary text, ordinary text') });
    expect(read(ordinary).a).toHaveLength(28);
    expect(() => read(zipSync({ a: new Uint8Array(2 * LIMIT) }))).toThrow('too large when unpacked');
    const lying = Buffer.from(zipSync({ a: new Uint8Array(1000) }, { level: 9 }));
    const at = lying.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    lying.writeUInt32LE(100_000, at + 24);
    expect(() => read(Uint8Array.from(lying))).toThrow('too large when unpacked');
  });

  it('refuses an entry that unpacks to another size than it says', () => {
    const lying = Buffer.from(zipSync({ a: text('abcabcabcabc') }, { level: 9 }));
    const at = lying.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    lying.writeUInt32LE(6, at + 24);
    expect(() => read(Uint8Array.from(lying))).toThrow(/entry of the archive/);
  });

  it('notices flipped bits', () => {
    const bytes = archive({ 'a.txt': text('some content') });
    bytes[40] ^= 1;
    expect(() => read(bytes)).toThrow('check sum differs');
  });

  it('ends in one clear error wherever it is cut', () => {
    const bytes = archive({ 'a.txt': text('some content'), b: text('more') });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => read(bytes.subarray(0, length))).toThrow('truncated or damaged');
    }
  });

  it('survives any change of bytes with the right answer or a clear error', () => {
    const bytes = archive({ 'a.txt': text('some content'), b: text('more') });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          read(changed);
        } catch (error) {
          expect(error).toHaveProperty('name', 'CheckpointError');
        }
      }),
    );
  });
});
