import { describe, expect, it } from 'vitest';
import { formatForPath, openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { memorySource } from '../../../src/core/encodings/region';
import { buildHdf5 } from '../../../src/core/encodings/hdf5/writer';
import { smallModel, written } from './support';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const open = (bytes: Uint8Array, path = 'model.h5') => openCheckpoint(memorySource(path, bytes));

describe('what is no checkpoint', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4812345\n';
  it.each([
    ['an empty file', '', 'the file is empty'],
    ['a Git LFS pointer', pointer, /Git LFS pointer.*git lfs pull.*4812345 bytes/],
    ['a web page', '\n<!DOCTYPE html><html><head><title>Not Found</title>', /web page.*"Not Found"/],
    ['an old web page', '<HTML><BODY>Sign in', 'web page'],
    ['text', 'hello', /not a checkpoint of a known format.*Keras/],
    ['three bytes', 'PK\u0003', 'not a checkpoint of a known format'],
    ['a cut archive', 'PK\u0003\u0004 and then nothing', 'truncated or damaged'],
    ['a cut HDF5 file', '\u0089HDF\r\n\u001a\n\u0000', 'truncated'],
  ])('%s is named in one line', async (_name, content, message) => {
    const bytes = Uint8Array.from(content, (c) => c.charCodeAt(0));
    const error = await open(bytes).catch((reason: unknown) => reason);
    expect(error).toHaveProperty('name', 'CheckpointError');
    const line = error instanceof Error ? error.message : '';
    expect(line).toMatch(message);
    expect(line).toMatch(/^model\.h5: /);
    expect(line).not.toContain('\n');
  });

  it('closes the source it was given', async () => {
    let closed = 0;
    const source = { ...memorySource('a', text('hello')), close: () => (closed += 1) };
    await expect(openCheckpoint({ ...source, close: () => void source.close() })).rejects.toThrow();
    expect(closed).toBe(1);
  });

  it('may be an HDF5 file without anything of a network', async () => {
    await expect(open(await buildHdf5('x', (w) => w.group('empty')))).rejects.toThrow(
      'neither a network nor weights',
    );
  });
});

describe('the format of a file', () => {
  it('is what its first bytes say, whatever its name', async () => {
    const checkpoint = await open(await written(smallModel()), 'renamed.h5');
    expect(checkpoint.format).toBe('keras');
    checkpoint.close();
  });

  it.each([
    ['a/b.keras', 'keras'],
    ['B.H5', 'keras-h5'],
    ['c.hdf5', 'keras-h5'],
    ['d.weights.h5', 'keras-h5'],
    ['e.onnx', 'onnx'],
    ['e.pickle', undefined],
    ['f/model.json', 'tfjs-layers'],
  ])('is suggested by the name %s', (path, id) => {
    expect(formatForPath(path)?.id).toBe(id);
  });

  it('that cannot be written is refused', async () => {
    const checkpoint = { ...smallModel(), format: 'other', writer: undefined };
    await expect(writeCheckpoint(checkpoint, { path: 'x', write: () => undefined })).rejects.toThrow(
      'cannot be written',
    );
  });
});
