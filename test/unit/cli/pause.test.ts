import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import type { TrainResult } from '../../../src/contract/results';
import { SMALL, smallFolder } from '../../support/jobs';

/** The state that Linux says a process is in: `T` when it is stopped. */
function stateOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await sleep(10);
}

describe.skipIf(!existsSync('/proc/self/stat'))('Ctrl-Z (needs Linux’s /proc to see it)', () => {
  it('stops a training between steps with its state saved; continued, it ends as ever', async () => {
    const folder = await smallFolder();
    const cli = path.join(folder, 'cli.cjs');
    await build({ ...nodeBundle('src/cli/index.ts', cli), metafile: false });
    const job = path.join(folder, 'job.acnet.json');
    writeFileSync(job, JSON.stringify({ ...SMALL, epochs: 20 }));
    // A shell with job control gives the command a process group of its own, as a terminal's does.
    const shell = spawn('bash', [
      '-c',
      'set -m; "$@" & echo $!; wait -f $!',
      'sh',
      process.execPath,
      cli,
      'train',
      job,
      '--json',
    ]);
    let output = '';
    shell.stdout.on('data', (text) => (output += String(text)));
    const ended = new Promise<number | null>((resolve) => shell.once('close', resolve));
    await until(() => output.includes('"event":"step"'));
    const pid = Number(output.split('\n')[0]);
    process.kill(pid, 'SIGTSTP');
    await until(() => stateOf(pid) === 'T');
    expect(readFileSync(path.join(folder, 'job.acnet', 'log.jsonl'), 'utf8')).toMatch(
      /paused; the state is kept \(baseline, epoch \d+, step \d+\)"\}\n$/,
    );
    await until(() => output.includes('paused; the state is kept'));
    const lines = output.split('\n').length;
    await sleep(300);
    expect(output.split('\n')).toHaveLength(lines);
    expect(stateOf(pid)).toBe('T');
    process.kill(pid, 'SIGCONT');
    expect(await ended).toBe(0);
    const result = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as TrainResult;
    expect(result.fused.passed).toBe(true);
    // A process of its own: what was estimated can be compared with what it took.
    const { estimate = NaN, peak } = result.memory ?? { peak: NaN };
    expect(estimate / peak).toBeGreaterThan(1 / 1.3);
    expect(estimate / peak).toBeLessThan(1.3);
    expect(output).toContain('"text":"continues"');
  });
});
