import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundleText } from '../../scripts/l10n.mjs';
import { noticeOf, notices, packagesOf } from '../../scripts/notices.mjs';
import { targets } from '../../scripts/targets.mjs';

const root = path.join(import.meta.dirname, '../..');

/** The files that a bundle is made of. */
async function modulesOf(outfile: string): Promise<string[]> {
  const target = targets.find((each) => each.outfile === outfile);
  const { metafile } = await build({ ...target, write: false });
  return Object.keys(metafile?.inputs ?? {});
}

const PARSERS = /^src\/(core\/(formats|graph|acnet|analysis)|engine|operations|worker|cli)\//;

describe('the bundles', () => {
  it('of the extension host hold no reader, no engine, no TensorFlow and no HDF5', async () => {
    const modules = await modulesOf('dist/extension.cjs');
    expect(modules).toContain('src/extension.ts');
    const packages = packagesOf(modules).map((folder) => folder.replace('node_modules/', ''));
    expect(packages).toEqual(['zod']);
    expect(modules.filter((file) => PARSERS.test(file))).toEqual([]);
  });

  it('of the reader hold readers, no TensorFlow, and the HDF5 library beside', async () => {
    const modules = await modulesOf('dist/reader.cjs');
    expect(modules.some((file) => file.startsWith('src/core/formats/'))).toBe(true);
    expect(modules.filter((file) => /@tensorflow|h5wasm/.test(file))).toEqual([]);
    expect((await modulesOf('dist/hdf5.cjs')).some((file) => file.includes('h5wasm'))).toBe(true);
  });
});

describe('third-party notices', () => {
  it('name each package once, scoped ones too', () => {
    const inputs = [
      'src/a.ts',
      'node_modules/zod/v4/a.js',
      'node_modules/zod/b.js',
      'node_modules/@a/b/c/d.js',
    ];
    expect(packagesOf(inputs)).toEqual(['node_modules/@a/b', 'node_modules/zod']);
  });

  it('have the words of each licence', () => {
    const text = notices(['node_modules/zod', 'node_modules/h5wasm']);
    expect(text).toContain('zod 4.');
    expect(text).toMatch(/Permission is hereby granted/);
    expect(text).toContain('h5wasm 0.');
  });

  it('can be made for all that ships', async () => {
    const all = (await Promise.all(targets.map(({ outfile }) => modulesOf(outfile ?? '')))).flat();
    for (const folder of packagesOf(all)) expect(noticeOf(folder), folder).toMatch(/^\S+ \d/);
  });
});

it('texts for translators are those of the source', () => {
  const file = path.join(root, 'l10n/bundle.l10n.json');
  expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(bundleText());
});

describe('the workflow that packages', () => {
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const workflow = read('.github/workflows/package.yml');
  const targets = JSON.parse(read('scripts/vsix-targets.json')) as string[];

  it('has every target once', () => {
    const named = [...workflow.matchAll(/\{ target: ([\w-]+), runner: [\w.-]+ \}/g)].map(
      ([, target]) => target,
    );
    expect(named).toEqual(targets);
    expect(new Set(targets).size).toBe(targets.length);
  });

  it('covers every system for which a TensorFlow is pinned', () => {
    const { wheels } = JSON.parse(read('src/host/native/wheels.json')) as { wheels: object };
    expect(targets).toEqual(expect.arrayContaining(Object.keys(wheels)));
  });

  it('calls scripts that are there, with options that they take', () => {
    for (const [, script] of workflow.matchAll(/node (scripts\/[\w-]+\.mjs)/g)) {
      expect(existsSync(path.join(root, script ?? '')), script).toBe(true);
    }
    for (const [, option] of workflow.matchAll(/ --(no-[\w-]+|native-[\w-]+)/g)) {
      expect(read('scripts/setup.mjs')).toContain(`'${option}'`);
    }
    expect(read('scripts/package.mjs')).toContain('target:');
    for (const [, file] of workflow.matchAll(/(media\/\S+)/g))
      expect(existsSync(path.join(root, file ?? ''))).toBe(true);
  });
});
