import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';

const RUNS = 10;
const run = promisify(execFile);

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-repeat-'));
const script = path.join(folder, 'run.cjs');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await build({ ...nodeBundle('test/support/repeat-run.ts', script), metafile: false });
});

/** Digests of the cases, by their names. @param threads of the process, for all without a setting of its own */
async function digests(network: string, steps: number, threads: number): Promise<Record<string, string>> {
  const env = {
    ...process.env,
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    // Moves what lies on the stack and in memory from run to run.
    ACNET_PADDING: 'x'.repeat(97 * threads),
  };
  const { stdout } = await run(process.execPath, [script, network, String(steps)], { env });
  return JSON.parse(stdout) as Record<string, string>;
}

const cases: ReadonlyArray<readonly [string, number]> = process.env.ACNET_DEEP
  ? [
      ['resnet8', 2],
      ['resnet20', 12],
    ]
  : [['resnet8', 2]];

it.each(cases)(
  `%s: ${RUNS} of ${RUNS} processes give the same numbers, both arms, with and without own operators, however many threads they have`,
  { timeout: 1_200_000 },
  async (network, steps) => {
    const wanted = await digests(network, steps, 1);
    expect(Object.keys(wanted)).toHaveLength(8);
    // Each case is another computation.
    expect(new Set(Object.values(wanted)).size).toBeGreaterThan(5);
    for (let i = 1; i < RUNS; i++) expect(await digests(network, steps, 1 + (i % 4))).toEqual(wanted);
  },
);
