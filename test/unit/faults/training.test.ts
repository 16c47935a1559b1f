import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors';
import type { Backend, Network } from '../../../src/engine/backend';
import { openCheckpointFile } from '../../../src/files/open';
import { thisProcess } from '../../../src/files/process-identity';
import { jobFolder, runIn } from '../../../src/operations/job/folder';
import { trainFile, type TrainFileOptions } from '../../../src/operations/train/file';
import { atCrashPoints, chosenPoints, countChanges, withFault } from '../../support/crash-points';
import { nativeBackend } from '../../support/native';
import { NetworkBuilder } from '../../support/networks';
import { testContext, writeKeras } from '../../support/operation';
import { writeFiles } from '../../support/folders';
import { greyPng } from '../../support/pictures';

const OUTPUTS = ['baseline', 'acnet', 'fused'] as const;
/** What a finished run has in its folder beside the checkpoints. */
const DONE = ['job.json', 'log.jsonl', 'report.html', 'result.json'];
/** Two steps an arm; the state is kept after each. */
const JOB = {
  checkpoint: 'small.keras',
  ...{ epochs: 2, batch: 18, learningRate: 0.05, seed: 3, deterministic: true, saveEvery: 0 },
};

let backend: Backend;
let root: string;
let model: Buffer;
beforeAll(async () => {
  backend = await nativeBackend();
  root = mkdtempSync(path.join(tmpdir(), 'acnet-faults-'));
  const images = Array.from({ length: 24 }, (_, i) => {
    const value = (i * 41) % 256;
    return [`images/${value < 128 ? 'dark' : 'light'}/${i}.png`, greyPng(value, 4)] as const;
  });
  writeFiles(root, Object.fromEntries(images));
  model = readFileSync(await writeKeras(path.join(root, 'small.keras'), smallest()));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** One convolution, so that a state is written in few pieces. */
function smallest(): Network {
  const b = new NetworkBuilder(5);
  const x = b.relu(b.batchNorm(b.conv(b.input([4, 4, 1]), 2, [3, 3])));
  return b.finish(b.apply('softmax', b.dense(b.apply('flatten', x, {}, 32), 2), {}));
}

function newJob(): string {
  const folder = mkdtempSync(path.join(root, 'case-'));
  writeFileSync(path.join(folder, 'small.keras'), model);
  const data = { folder: path.join(root, 'images'), validation: 0.25 };
  writeFileSync(path.join(folder, 'a.acnet.json'), JSON.stringify({ ...JOB, data }));
  return path.join(folder, 'a.acnet.json');
}

const run = (job: string, options: TrainFileOptions = {}) =>
  trainFile(job, options, { ...testContext(backend), onEvent: () => undefined });

/** Every weight of an output, to the last bit. */
async function bitsOf(file: string): Promise<string> {
  const checkpoint = await openCheckpointFile(file);
  try {
    const all = [...checkpoint.tensors].map(([name, tensor]) => {
      const values = tensor.readFloat32();
      return [name, Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex')];
    });
    return JSON.stringify(all);
  } finally {
    checkpoint.close();
  }
}

/** What lies in a folder as the work of a process that has ended, and not of this one. */
function nameDead(folder: string): void {
  const { pid } = thisProcess();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = path.join(folder, name);
    if (name === 'run.lock') {
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(`"pid":${pid},`, `"pid":${dead},`));
    }
    if (name.startsWith('.')) renameSync(file, path.join(folder, name.replace(`.${pid}.`, `.${dead}.`)));
  }
}

const outputsOf = (job: string) => OUTPUTS.map((arm) => path.join(jobFolder(job), `small.${arm}.keras`));
const temporary = (job: string): string[] =>
  existsSync(jobFolder(job)) ? readdirSync(jobFolder(job)).filter((name) => name.endsWith('.tmp')) : [];

/** All that is in a folder, of unfinished files their names without the random part. */
function contentsOf(folder: string): string {
  if (!existsSync(folder)) return 'none';
  const entries = readdirSync(folder).map((name) =>
    name.endsWith('.tmp')
      ? name.replace(/[0-9a-f]{8}\.tmp$/, '')
      : `${name} ${readFileSync(path.join(folder, name), 'latin1')}`,
  );
  return entries.sort().join('\n');
}

describe('a training', { timeout: 3_600_000 }, () => {
  let wanted: string[];
  beforeAll(async () => {
    const whole = newJob();
    await run(whole);
    wanted = await Promise.all(outputsOf(whole).map(bitsOf));
  });

  /** What is there is whole and right; the source is as it was. */
  async function checkLeft(job: string, point: number): Promise<void> {
    expect(readFileSync(path.join(path.dirname(job), 'small.keras')).equals(model)).toBe(true);
    for (const [i, output] of outputsOf(job).entries()) {
      if (!existsSync(output)) continue;
      expect((await bitsOf(output)) === wanted[i], `point ${point}: ${output}`).toBe(true);
    }
  }

  /** Goes on in the way that a user would: to the same weights, and to a folder with nothing else in it. */
  async function checkGoingOn(job: string, point: number): Promise<void> {
    const state = runIn(jobFolder(job));
    if (state !== 'finished') await run(job, state === 'unfinished' ? { resume: true } : {});
    await checkLeft(job, point);
    expect(
      outputsOf(job).filter((file) => !existsSync(file)),
      `point ${point}`,
    ).toEqual([]);
    const result = readFileSync(path.join(jobFolder(job), 'result.json'), 'utf8');
    expect(JSON.parse(result)).toMatchObject({ fused: { passed: true } });
    if (state === 'finished') return;
    const names = readdirSync(jobFolder(job)).filter((name) => !name.startsWith('small.'));
    expect(names.sort(), `point ${point}`).toEqual(DONE);
  }

  it.each(['killed', 'killed half-way'] as const)(
    '%s at any change of the disk loses nothing, and is gone on with to the same end',
    async (fault) => {
      const counted = newJob();
      const changes = await countChanges(fault, () => run(counted), path.dirname(counted));
      expect(changes).toBeGreaterThan(100);
      const points = chosenPoints(changes, 5, 3);
      const job = newJob();
      const within = path.dirname(job);
      const copies = new Map<number, string>();
      const take = (point: number): void => {
        const copy = mkdtempSync(path.join(root, 'left-'));
        cpSync(within, copy, { recursive: true });
        nameDead(jobFolder(path.join(copy, path.basename(job))));
        copies.set(point, path.join(copy, path.basename(job)));
      };
      await atCrashPoints(fault, points, { within, action: () => run(job), take });
      expect([...copies.keys()]).toEqual(points);
      // Unfinished files are removed by their names: what is in them makes no difference to how the run goes on.
      const tried = new Set<string>();
      for (const [point, left] of copies) {
        await checkLeft(left, point);
        const kind = contentsOf(jobFolder(left));
        if (!tried.has(kind)) await checkGoingOn(left, point);
        tried.add(kind);
        rmSync(path.dirname(left), { recursive: true });
      }
      console.log(`${fault}: ${points.length} of ${changes} points, ${tried.size} different folders`);
    },
  );

  it.each(['ENOSPC', 'EACCES'] as const)(
    '%s at any change of the disk is told in a sentence, and is gone on with to the same end',
    async (fault) => {
      const counted = newJob();
      const changes = await countChanges(fault, () => run(counted), path.dirname(counted));
      expect(changes).toBeGreaterThan(100);
      const points = chosenPoints(changes, 5, 3);
      for (const point of points) {
        const job = newJob();
        const { passed, error } = await withFault(fault, point, () => run(job), path.dirname(job));
        expect(passed, `point ${point} is reached`).toBe(false);
        expect(error === undefined || error instanceof UserError, `point ${point}: ${String(error)}`).toBe(
          true,
        );
        expect(temporary(job), `point ${point}`).toEqual([]);
        await checkLeft(job, point);
        await checkGoingOn(job, point);
        rmSync(path.dirname(job), { recursive: true });
      }
      console.log(`${fault}: ${points.length} of ${changes} points`);
    },
  );
});
