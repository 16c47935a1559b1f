import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { UnsupportedError } from '../../../src/core/errors';
import { loadNative, setThreads } from '../../../src/engine/native/load';
import { ADDON_NAME } from '../../../src/engine/native/link';
import { findNative } from '../../../src/engine/native/locate';

// In a file, and so a process, of its own: TensorFlow is loaded once.
it('says in one line why an addon cannot be loaded, and then loads a good one with the threads asked for', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-native-'));
  const addon = path.join(folder, ADDON_NAME);
  writeFileSync(addon, 'not a library');
  try {
    const load = () => loadNative({ addon, folder, foundBy: 'settings' });
    expect(load).toThrow(UnsupportedError);
    expect(load).toThrow(/^[^\n]*the native backend cannot be loaded[^\n]*$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
  setThreads({ intraOp: 1, interOp: 1 });
  const { found } = findNative();
  expect(found && loadNative(found).threads).toEqual({ intraOp: 1, interOp: 1 });
});
