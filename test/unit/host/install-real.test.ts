import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNative } from '../../../src/engine/native/load';
import { findNative } from '../../../src/engine/native/locate';
import { createTensorflowBackend } from '../../../src/engine/tensorflow/backend';
import { installTensorflow } from '../../../src/host/native/install';
import { selfTest } from '../../../src/operations/backend/self-test';

const root = path.join(import.meta.dirname, '../../..');

// Downloads 274 MB and writes 0.9 GB, so it is only part of the long runs: `npm run test:deep`.
describe.skipIf(!process.env.ACNET_DEEP)('TensorFlow as pip really gives it', () => {
  let storage: string;
  beforeAll(() => {
    storage = mkdtempSync(path.join(tmpdir(), 'acnet-real-'));
  });
  afterAll(() => rmSync(storage, { recursive: true }));

  it('is installed whole, found, and trains with the prebuilt addon', { timeout: 900_000 }, async () => {
    const { signal } = new AbortController();
    const script = path.join(root, 'media/native/install.py');
    await installTensorflow({ python: 'python3', script, storage, signal, onProgress: () => undefined });
    expect(readdirSync(storage)).toEqual([`2.21.0-${process.platform}-${process.arch}`]);
    const { found, tried } = findNative({
      environment: { ACNET_STORAGE: storage, ACNET_ADDONS: path.join(root, 'dist/native') },
    });
    expect(found?.foundBy, tried.join('; ')).toBe('installed');
    if (!found) return;
    const backend = () => Promise.resolve(createTensorflowBackend(loadNative(found)));
    const result = await selfTest({ backend, signal, onProgress: () => undefined });
    expect(result.backend).toMatch(/^TensorFlow 2\.21\.0/);
  });
});
