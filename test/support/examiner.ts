/** What becomes of data and checkpoints that are made to take all memory. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect } from 'vitest';
import { nodeBundle } from '../../scripts/bundle.mjs';

/** What a file may take above one that is harmless, on the same way. */
const MOST = 300 * 1000 * 1000;

export interface Answer {
  readonly outcome: string;
  /** Most bytes that its process held. */
  readonly peak: number;
}

export type Files = Readonly<Record<string, Uint8Array>>;

/** What becomes of a folder of these files, or of the one file that is named, in a process of its own. */
export type Examine = (kind: 'data' | 'checkpoint', files: Files, main?: string) => Answer;

/** Builds the process before the tests of the file that calls it. */
export function useExaminer(): Examine {
  let root: string;
  let script: string;
  let made = 0;
  beforeAll(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'acnet-bombs-'));
    script = path.join(root, 'run.cjs');
    await build({ ...nodeBundle('test/support/bomb-run.ts', script), metafile: false });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return (kind, files, main = '') => {
    const folder = path.join(root, `case${made++}`);
    for (const [name, bytes] of Object.entries(files)) {
      mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    }
    const { stdout, stderr } = spawnSync(process.execPath, [script, kind, path.join(folder, main)], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as Answer;
  };
}

/** It took hardly more than a harmless one. */
export function expectWithinReach(answer: Answer, base: Answer): void {
  expect(answer.peak - base.peak).toBeLessThan(MOST);
}
