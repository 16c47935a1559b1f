import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../../src/core/formats/registry';
import {
  CHECKPOINT_EXTENSIONS,
  isAmbiguousName,
  isCheckpointName,
} from '../../../src/host/checkpoints/file-names';
import { COMMANDS } from '../../../src/host/commands';
import { nameOf } from '../../../src/host/kit/command';
import { CHECKPOINT_WHEN, withContributions, withTexts } from '../../../src/host/manifest';
import { contextValueOf, ROW_KINDS } from '../../../src/host/view/row-kinds';

const root = path.join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

interface Entry {
  readonly command: string;
  readonly when?: string;
}
interface Manifest {
  readonly contributes: {
    readonly commands: readonly Entry[];
    readonly customEditors: ReadonlyArray<{ readonly selector: ReadonlyArray<{ filenamePattern: string }> }>;
    readonly menus: Readonly<Record<string, readonly Entry[]>>;
    readonly walkthroughs: ReadonlyArray<{
      readonly steps: ReadonlyArray<{ readonly media: { readonly image?: string } }>;
    }>;
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
  };
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const { commands, customEditors, menus, walkthroughs, configuration } = manifest.contributes;

describe('the list of checkpoint files', () => {
  it('has the extensions of every format', () => {
    // A `.json` is one only by its whole name.
    const known = FORMATS.flatMap(({ extensions }) => extensions).filter(
      (extension) => !extension.endsWith('.json'),
    );
    expect([...CHECKPOINT_EXTENSIONS].map((extension) => `.${extension}`).sort()).toEqual(
      [...new Set(known)].sort(),
    );
  });

  it.each(['a.keras', 'A.H5', 'b.c.hdf5', 'model.json', 'model-acnet.json', 'model-fused-2.json'])(
    'takes %s',
    (name) => expect(isCheckpointName(name)).toBe(true),
  );
  it.each(['keras', 'a.keras.bak', 'package.json', 'my-model.json', 'model-other.json', 'model.json5'])(
    'does not take %s',
    (name) => expect(isCheckpointName(name)).toBe(false),
  );

  it('is in package.json, for the editor and the menus of the Explorer', () => {
    const patterns = customEditors.flatMap(({ selector }) => selector.map((each) => each.filenamePattern));
    for (const extension of CHECKPOINT_EXTENSIONS) expect(patterns).toContain(`*.${extension}`);
    const entries = (menus['explorer/context'] ?? []).filter(({ when }) => !when?.includes('acnet\\.json'));
    expect(entries.length).toBeGreaterThan(1);
    for (const { command, when } of entries) expect(when, command).toContain(CHECKPOINT_WHEN);
  });

  it('knows names that say little', () => {
    expect(['model.json', 'a.bin', 'net.keras'].map(isAmbiguousName)).toEqual([true, true, false]);
  });
});

describe('the commands', () => {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, read(path.join('src', name))] as const);

  it('are in package.json and package.nls.json as `npm run manifest` writes them', () => {
    expect(manifest).toEqual(withContributions(manifest));
    const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
    expect(texts).toEqual(withTexts(texts));
  });

  it('are a file each, and every file’s is in the table, once', () => {
    const files = readdirSync(path.join(root, 'src/host/commands')).filter((name) => name !== 'index.ts');
    expect(files.length).toBe(COMMANDS.length);
    expect(new Set(COMMANDS.map(({ id }) => id)).size).toBe(COMMANDS.length);
    const table = read('src/host/commands/index.ts');
    for (const file of files) expect(table, file).toContain(`from './${file.replace('.ts', '')}';`);
  });

  it('are known where they are named: walkthrough, links in texts', () => {
    const names = new Set(COMMANDS.map(nameOf));
    const links = /(?:onCommand|command):(acnet\.\w+)/g;
    const named = [...`${read('package.json')}${read('package.nls.json')}`.matchAll(links)];
    expect(named.length).toBeGreaterThan(5);
    for (const [link, name] of named) expect(names, link).toContain(name);
  });

  it('are named by their records alone, wherever the extension runs one', () => {
    for (const [file, text] of sources) {
      for (const { id } of COMMANDS) expect(text, file).not.toMatch(new RegExp(`['"\`]acnet\\.${id}['"\`]`));
    }
  });

  it('are for the rows of the view that they name', () => {
    const read = (state: 'plain' | 'acnet', convertible: boolean, exportable: boolean): string =>
      contextValueOf({ phase: 'read', state, convertible, exportable });
    const kinds = (value: string): string[] =>
      Object.entries(ROW_KINDS).flatMap(([kind, pattern]) => (pattern.test(value) ? [kind] : []));
    expect(kinds(contextValueOf({ phase: 'unreadable' }))).toEqual(['file']);
    expect(kinds(contextValueOf({ phase: 'reading' }))).toEqual(['file']);
    expect(kinds(read('plain', false, false))).toEqual(['file', 'checkpoint']);
    expect(kinds(read('plain', true, true))).toEqual(['file', 'checkpoint', 'convertible', 'exportable']);
    expect(kinds(read('acnet', false, true))).toEqual(['file', 'checkpoint', 'acnet', 'exportable']);
  });
});

describe('package.json', () => {
  it('has every text in package.nls.json, and no text that nobody shows', () => {
    const used = [...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
  });

  it('says nothing to people in package.json itself', () => {
    const plain = commands.filter((entry) => !/^%.*%$/.test((entry as unknown as { title: string }).title));
    expect(plain).toEqual([]);
  });

  it('lets no restricted workspace name a path', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    const paths = Object.keys(configuration.properties).filter((name) => /path$/i.test(name));
    expect(paths.length).toBeGreaterThan(0);
    expect(restrictedConfigurations).toEqual(expect.arrayContaining(paths));
  });

  it('has small pictures for its walkthrough', () => {
    const images = walkthroughs.flatMap(({ steps }) => steps.flatMap(({ media }) => media.image ?? []));
    expect(images.length).toBeGreaterThanOrEqual(4);
    for (const image of images) {
      const bytes = readFileSync(path.join(root, image));
      expect(bytes.subarray(1, 4).toString(), image).toBe('PNG');
      expect(bytes.length, image).toBeLessThan(80_000);
    }
  });
});
