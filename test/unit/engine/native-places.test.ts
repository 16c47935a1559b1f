import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADDON_NAME, LIBRARIES } from '../../../src/engine/native/link';
import { findNative } from '../../../src/engine/native/locate';
import { isRecentEnough } from '../../../src/engine/native/version';
import pinned from '../../../src/host/native/wheels.json';

const PLATFORM = `${process.platform}-${process.arch}`;

describe('where the editor has the native backend looked for', () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'acnet-places-'));
    environment = {
      ACNET_CACHE: path.join(folder, 'cache'),
      ACNET_STORAGE: path.join(folder, 'storage'),
      ACNET_ADDONS: path.join(folder, 'addons'),
    };
    const addon = path.join(folder, 'addons', PLATFORM, ADDON_NAME);
    mkdirSync(path.dirname(addon), { recursive: true });
    writeFileSync(addon, 'addon');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const libraries = (...parts: string[]): string => {
    const place = path.join(folder, ...parts);
    mkdirSync(place, { recursive: true });
    for (const name of LIBRARIES) writeFileSync(path.join(place, name), name);
    return place;
  };
  /** A stand-in for an interpreter; a new one each time, since answers are remembered. */
  let interpreters = 0;
  const python = (answer: string): string => {
    const file = path.join(folder, `python${interpreters++}`);
    writeFileSync(file, `#!/bin/sh\n${answer}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const says = (value: unknown): string => `echo '${JSON.stringify(value)}'`;
  const find = (more: NodeJS.ProcessEnv = {}) => findNative({ environment: { ...environment, ...more } });

  it('lays the addon beside links to libraries that are not ours, once', () => {
    const place = libraries('env', 'tensorflow');
    const ACNET_PYTHON = python(says({ folder: place, version: '2.16.1' }));
    const { found } = find({ ACNET_PYTHON });
    expect(found?.foundBy).toBe('python');
    expect(found && readFileSync(found.addon, 'utf8')).toBe('addon');
    for (const name of LIBRARIES) {
      expect(readlinkSync(path.join(found?.folder ?? '', name))).toBe(path.join(place, name));
    }
    expect(find({ ACNET_PYTHON }).found).toEqual(found);
    expect(readdirSync(path.join(folder, 'storage', 'linked'))).toHaveLength(1);
    expect(readdirSync(place).sort()).toEqual([...LIBRARIES].sort());
  });

  it.each([
    ['nothing of TensorFlow', says({ folder: null, version: null }), /has no TensorFlow/],
    ['an old version', says({ folder: '/x', version: '2.14.1' }), /TensorFlow 2\.14\.1 is older than 2\.15/],
    ['no libraries', says({ folder: '/nowhere', version: '2.21.0' }), /has no C libraries/],
    ['a failure', 'exit 3', /cannot look for packages/],
    ['gibberish', 'echo hello', /makes no sense/],
  ])('goes on behind a Python with %s', (_, answer, why) => {
    libraries('storage', `2.21.0-${PLATFORM}`);
    const { found, tried } = find({ ACNET_PYTHON: python(answer) });
    expect(found?.foundBy).toBe('installed');
    expect(tried[0]).toMatch(why);
  });

  it('says that an interpreter does not run', () => {
    const { found, tried } = find({ ACNET_PYTHON: path.join(folder, 'no-python') });
    expect(tried[0]).toMatch(/does not run/);
    expect(found?.foundBy).not.toBe('python');
  });

  it('asks a real Python without importing TensorFlow, and runs no module of the working folder', () => {
    const { tried } = find({ ACNET_PYTHON: 'python3' });
    expect(tried[0]).toMatch(/^Python \(python3\)/);
    expect(tried[0]).not.toMatch(/does not run|cannot look|no sense/);
  });

  it('takes a Python before what the extension has installed, and that before the cache', () => {
    const place = libraries('env', 'tensorflow');
    libraries('storage', `2.21.0-${PLATFORM}`);
    const cached = path.join(folder, 'cache', 'native', `2.21.0-${PLATFORM}`, ADDON_NAME);
    mkdirSync(path.dirname(cached), { recursive: true });
    writeFileSync(cached, '');
    const foundBy = (more: NodeJS.ProcessEnv) => find(more).found?.foundBy;
    expect(foundBy({ ACNET_PYTHON: python(says({ folder: place, version: '2.15.0' })) })).toBe('python');
    expect(foundBy({})).toBe('installed');
    expect(foundBy({ ACNET_STORAGE: undefined })).toBe('cache');
  });

  it('takes a folder of libraries that the settings name, and ends there when it is empty', () => {
    const place = libraries('mine');
    expect(find({ ACNET_SETTINGS_NATIVE: place }).found?.foundBy).toBe('settings');
    libraries('storage', `2.21.0-${PLATFORM}`);
    const { found, tried } = find({ ACNET_SETTINGS_NATIVE: path.join(folder, 'nothing') });
    expect(found).toBeUndefined();
    expect(tried).toHaveLength(1);
  });

  it('says so where no addon was built for the system', () => {
    libraries('storage', `2.21.0-${PLATFORM}`);
    rmSync(path.join(folder, 'addons'), { recursive: true });
    const { tried } = find();
    expect(tried.join()).toContain(`no addon was built for ${PLATFORM}`);
    expect(existsSync(path.join(folder, 'storage', 'linked'))).toBe(false);
  });

  it('knows the libraries that the installer keeps', () => {
    expect(pinned.libraries).toEqual(LIBRARIES);
  });

  it.each([
    ['2.14.9', false],
    ['2.15.0', true],
    ['2.16.0-rc1', true],
    ['3.0.0', true],
    ['nonsense', false],
  ])('%s', (version, recent) => expect(isRecentEnough(version)).toBe(recent));
});
