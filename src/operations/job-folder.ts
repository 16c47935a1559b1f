import { existsSync } from 'node:fs';
import path from 'node:path';

/** `runs/mnist.acnet.json` → `runs/mnist.acnet`: where a job keeps its settings, log, state and results. */
export function jobFolder(file: string): string {
  const name = path.basename(file).replace(/\.json$/, '');
  return path.join(path.dirname(file), name === path.basename(file) ? `${name}.run` : name);
}

/** How far the run in a job's folder has come; `unfinished` can be resumed. */
export function runIn(folder: string): 'none' | 'unfinished' | 'finished' {
  if (existsSync(path.join(folder, 'result.json'))) return 'finished';
  return existsSync(path.join(folder, 'job.json')) ? 'unfinished' : 'none';
}
