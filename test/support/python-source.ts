import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTorch } from './peers';

/** For each generated module with anything strange in it, what that is, as Python's own parser sees it. */
export function strangeModules(sources: ReadonlyMap<string, string>): Record<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'acnet-source-'));
  try {
    const list = join(folder, 'sources.json');
    writeFileSync(list, JSON.stringify(Object.fromEntries(sources)));
    const script = join(import.meta.dirname, 'python-source.py');
    return JSON.parse(runTorch(script, [list])) as Record<string, string[]>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
