import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setThreads } from '../../../src/engine/native/load';
import { ADDON_NAME } from '../../../src/engine/native/link';
import { cacheFolder, findNative } from '../../../src/engine/native/locate';
import { describeBackend } from '../../../src/operations/backend/describe';
import { nativeLibraries } from '../../support/native';

describe('where the native backend is looked for', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'acnet-native-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const place = (...parts: string[]): string => {
    const addon = path.join(folder, ...parts, ADDON_NAME);
    mkdirSync(path.dirname(addon), { recursive: true });
    writeFileSync(addon, '');
    return addon;
  };
  const platform = `${process.platform}-${process.arch}`;

  it('takes the path of the settings first, a folder or the addon itself', () => {
    const addon = place('mine');
    const other = { ACNET_NATIVE: path.dirname(place('other')) };
    const found = (setting: string) =>
      findNative({ environment: { ...other, ACNET_SETTINGS_NATIVE: setting } }).found;
    expect(found(addon)?.addon).toBe(addon);
    expect(found(path.dirname(addon))).toEqual({
      addon,
      folder: path.dirname(addon),
      foundBy: 'settings',
    });
  });

  it('ends the search at a named place that is empty', () => {
    place('native', `2.21.0-${platform}`);
    const { found, tried } = findNative({
      environment: { ACNET_NATIVE: path.join(folder, 'nothing'), ACNET_CACHE: folder },
    });
    expect(found).toBeUndefined();
    expect(tried).toHaveLength(1);
  });

  it('takes the newest version in the cache, by number and for this system', () => {
    place('native', `2.9.1-${platform}`);
    const newest = place('native', `2.21.0-${platform}`);
    place('native', '3.0.0-plan9-mips');
    const { found } = findNative({ environment: { ACNET_CACHE: folder } });
    expect(found).toMatchObject({ addon: newest, foundBy: 'cache' });
  });

  it('says where it looked when there is nothing', () => {
    const { found, tried } = findNative({ environment: { ACNET_CACHE: folder } });
    expect(found).toBeUndefined();
    expect(tried.join()).toContain(folder);
    expect(tried.join()).toContain("tfjs-node's own installation");
  });

  it('follows the usual variables for caches', () => {
    expect(cacheFolder({ ACNET_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe(path.resolve('/a'));
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(path.join('/b', 'acnet-vscode'));
    expect(cacheFolder({})).toMatch(/acnet-vscode$/);
  });
});

describe('TensorFlow', () => {
  it('loads, is recent enough, and can do what training needs', async () => {
    const result = await describeBackend();
    expect(result).toMatchObject({
      backend: 'tensorflow',
      tfjsNode: '4.22.0',
      capabilities: {
        groupedGradients: true,
        dilatedGradients: true,
        bfloat16: expect.any(Boolean) as boolean, // the processor's
        bfloat16Norms: true,
        sumsOfNorms: true,
      },
    });
    expect(result.tensorflow).toMatch(/^2\.(1[5-9]|[2-9]\d)\./);
    expect(result.threads.intraOp).toBeGreaterThanOrEqual(1);
  });

  it('is loaded once for a process', () => {
    expect(nativeLibraries()).toBe(nativeLibraries());
  });

  it('refuses thread counts that would come too late', () => {
    nativeLibraries();
    expect(() => setThreads({ intraOp: 1, interOp: 1 })).toThrow('before TensorFlow is loaded');
  });
});
