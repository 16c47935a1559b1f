import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import { openCheckpointFile } from '../../../src/files/open';
import type { TrainResult } from '../../../src/contract/results';
import { SMALL, smallFolder } from '../../support/jobs';
import { temporaryFolder } from '../../support/folders';

/** How many moments a run is killed at, spread evenly over what it tells. */
const MOMENTS = process.env.ACNET_DEEP ? 20 : 5;

interface Ended {
  readonly lines: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/** Runs the command line in a process of its own. @param killAfter ends it by SIGKILL after so many lines */
async function start(cli: string, args: readonly string[], killAfter = Infinity): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (lines.length === killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ lines, code, signal, errors }));
  });
}

/** Every weight of every output, to the last bit. */
async function bitsOf(folder: string): Promise<Record<string, string>> {
  const bits: Record<string, string> = {};
  for (const arm of ['baseline', 'acnet', 'fused']) {
    const checkpoint = await openCheckpointFile(path.join(folder, `small.${arm}.keras`));
    for (const [name, tensor] of checkpoint.tensors) {
      const values = tensor.readFloat32();
      bits[`${arm} ${name}`] = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString(
        'hex',
      );
    }
    checkpoint.close();
  }
  return bits;
}

const resultOf = ({ lines }: Ended) => JSON.parse(lines.at(-1) ?? '') as TrainResult;

describe('a deterministic job that is killed', () => {
  it(
    `at ${MOMENTS} moments and resumed gives the weights of the uninterrupted run, to the last bit`,
    { timeout: 300_000 + MOMENTS * 60_000 },
    async () => {
      const cli = path.join(temporaryFolder(), 'cli.cjs');
      await build(nodeBundle('src/cli/index.ts', cli));
      const acnet = (args: readonly string[], killAfter?: number) => start(cli, args, killAfter);
      const folder = await smallFolder(0.3);
      const job = path.join(folder, 'job.acnet.json');
      const writeJob = (saveEvery: number) =>
        writeFileSync(job, JSON.stringify({ ...SMALL, deterministic: true, saveEvery }));
      const at = (name: string): string[] => ['train', job, '--json', '-o', path.join(folder, name)];
      writeJob(60);
      const whole = await acnet(at('whole'));
      expect(whole).toMatchObject({ code: 0, errors: '' });
      expect(resultOf(whole).backend).toMatch(/, 1 thread$/);
      const wanted = await bitsOf(path.join(folder, 'whole'));
      expect(Object.keys(wanted).length).toBeGreaterThan(30);

      const others = new Set<number>();
      for (let moment = 0; moment < MOMENTS; moment++) {
        const name = `killed${moment}`;
        const after = Math.max(1, Math.round(((moment + 0.5) * (whole.lines.length - 1)) / MOMENTS));
        // Every second run saves after each step, so that it may be killed while it saves.
        writeJob(moment % 2 === 0 ? 60 : 0);
        const killed = await acnet(at(name), after);
        expect({ moment, signal: killed.signal }).toEqual({ moment, signal: 'SIGKILL' });
        const resumed = await acnet([...at(name), '--resume']);
        expect(resumed).toMatchObject({ code: 0, errors: '' });
        expect(await bitsOf(path.join(folder, name))).toEqual(wanted);
        const { baseline, acnet: trained, fused } = resultOf(resumed);
        expect({ baseline, trained, fused }).toEqual({
          baseline: resultOf(whole).baseline,
          trained: resultOf(whole).acnet,
          fused: resultOf(whole).fused,
        });
        const log = readFileSync(path.join(folder, name, 'log.jsonl'), 'utf8')
          .trimEnd()
          .split('\n');
        const told = log.map((line) => JSON.parse(line) as { event?: string; step?: number; arm?: string });
        others.add(told.filter(({ event }) => event === 'step').length);
        rmSync(path.join(folder, name), { recursive: true });
      }
      // The runs were cut at different places: not all did the same number of steps anew.
      expect(others.size).toBeGreaterThan(1);
    },
  );
});
