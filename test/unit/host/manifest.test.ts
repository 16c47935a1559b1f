import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../../src/core/formats/registry';
import {
  CHECKPOINT_EXTENSIONS,
  isAmbiguousName,
  isCheckpointName,
} from '../../../src/host/checkpoints/file-names';
import { checkpointWhen, withCheckpointFiles } from '../../../scripts/manifest.mjs';

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
    // A `.json` is one by its whole name alone.
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

  it('is in package.json as `npm run manifest` writes it', () => {
    expect(manifest).toEqual(withCheckpointFiles(manifest));
    const patterns = customEditors.flatMap(({ selector }) => selector.map((each) => each.filenamePattern));
    for (const extension of CHECKPOINT_EXTENSIONS) expect(patterns).toContain(`*.${extension}`);
    const entries = (menus['explorer/context'] ?? []).filter(({ when }) => !when?.includes('acnet\\.json'));
    expect(entries.length).toBeGreaterThan(1);
    for (const { command, when } of entries) expect(when, command).toContain(checkpointWhen);
  });

  it('knows names that say little', () => {
    expect(['model.json', 'a.bin', 'net.keras'].map(isAmbiguousName)).toEqual([true, true, false]);
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

  it('has commands in its menus that there are', () => {
    const known = new Set(commands.map(({ command }) => command));
    const inMenus = Object.values(menus).flatMap((entries) => entries.map(({ command }) => command));
    expect(inMenus.filter((command) => !known.has(command))).toEqual([]);
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
