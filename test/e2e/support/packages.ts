import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for what is packed once in a run. */
    packages: string;
  }
}

/** Gives a run such a folder. @returns what removes it behind the last test */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-vsix-'));
  project.provide('packages', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
