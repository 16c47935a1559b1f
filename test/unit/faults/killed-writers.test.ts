import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import { openCheckpointFile } from '../../../src/files/open';
import { convertFile } from '../../../src/operations/convert/convert';
import { FakeBackend } from '../../support/fake-backend';
import { freshNetwork } from '../../support/jobs';
import { testContext, writeKeras } from '../../support/operation';
import { vggPth, vggSafetensors } from '../../support/vgg';

/** How many moments each kind of command is killed at. */
const MOMENTS = process.env.ACNET_DEEP ? 60 : 3;

/** Models of more bytes than this have their weights in a file beside them; really it is 2 GB. */
const LARGE = 2000;

/**
 * Ends the process by SIGKILL at a change of a folder, or in the middle of a write; without a number it counts the changes.
 */
const KILLER = `
const fs = require('node:fs');
const { KILL_IN: folder, KILL_AT: at, COUNT_TO: counted } = process.env;
const written = new Set();
let count = 0;
for (const name of ['openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync', 'linkSync', 'rmSync']) {
  const real = fs[name];
  fs[name] = (...args) => {
    const [file] = args;
    const isInside = typeof file === 'string' ? file.startsWith(folder) : written.has(file);
    if (!isInside || (name === 'openSync' && typeof args[1] !== 'string')) return real(...args);
    if (count === Number(at)) {
      if (name === 'writeSync') real(file, args[1], args[2], Math.floor(args[3] / 2));
      process.kill(process.pid, 'SIGKILL');
      for (;;);
    }
    count += 1;
    const result = real(...args);
    if (name === 'openSync') written.add(result);
    if (name === 'closeSync') written.delete(file);
    return result;
  };
}
if (counted) process.on('exit', () => fs.writeFileSync(counted, String(count)));
`;

const smallLimit: Plugin = {
  name: 'small-limit',
  setup(bundle) {
    bundle.onLoad({ filter: /write-onnx\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8');
      const changed = text.replace('2 ** 31 - 1', String(LARGE));
      if (changed === text) throw new Error('the limit is not where it was');
      return { contents: changed, loader: 'ts' };
    });
  },
};

let root: string;
let cli: string;
let killer: string;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'acnet-killed-'));
  [cli, killer] = [path.join(root, 'cli.cjs'), path.join(root, 'killer.cjs')];
  writeFileSync(killer, KILLER);
  const options = nodeBundle('src/cli/index.ts', cli);
  await build({
    ...options,
    plugins: [smallLimit, ...(options.plugins ?? [])],
  });
  await makeSources(path.join(root, 'sources'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/** Runs the command line in a process of its own. @param kill may end it; is asked until it is over */
function acnet(args: readonly string[], env: NodeJS.ProcessEnv = {}, watch?: () => boolean): Promise<Ended> {
  const child = spawn(process.execPath, ['--require', killer, cli, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  const timer = watch && setInterval(() => watch() && child.kill('SIGKILL'), 1);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearInterval(timer);
      resolve({ code, signal, errors });
    });
  });
}

async function run(...args: readonly string[]): Promise<void> {
  expect(await acnet(args)).toMatchObject({ code: 0 });
}

/** Two networks in each format, and the same with blocks. */
async function makeSources(folder: string): Promise<void> {
  const at = (name: string): string => path.join(folder, name);
  mkdirSync(folder);
  await writeKeras(at('net.keras'), freshNetwork(12, 2));
  await writeKeras(at('other.keras'), freshNetwork(16, 3));
  for (const name of ['json', 'onnx']) await run('export', at('net.keras'), at(`net.${name}`));
  writeFileSync(at('net.pth'), vggPth());
  writeFileSync(at('net.safetensors'), vggSafetensors());
  for (const name of ['net.onnx', 'net.pth', 'net.safetensors', 'net.json']) {
    await run(
      'convert',
      at(name),
      '-o',
      at(name.replace('net.', name.endsWith('json') ? 'net-acb.' : 'net.acnet.')),
    );
  }
}

interface Case {
  readonly what: string;
  readonly output: string;
  /** What is there before, if anything is; what is run and killed. Sources are names. */
  readonly before?: readonly [command: string, source: string, ...options: string[]];
  readonly command: readonly [command: string, source: string, ...options: string[]];
}

const RANDOM = ['--start', 'scratch', '--seed', '9', '--variant', 'border'];
const KINDS: Readonly<Record<string, readonly Case[]>> = {
  convert: [
    {
      what: 'a TensorFlow.js model',
      output: 'out.json',
      before: ['convert', 'net.json', ...RANDOM],
      command: ['convert', 'net.json'],
    },
    {
      what: 'an ONNX model with its weights beside it',
      output: 'out.onnx',
      before: ['convert', 'net.onnx', ...RANDOM],
      command: ['convert', 'net.onnx'],
    },
    {
      what: 'a .pth with its module',
      output: 'out.pth',
      before: ['convert', 'net.pth', ...RANDOM],
      command: ['convert', 'net.pth'],
    },
    {
      what: 'a new .safetensors with its module',
      output: 'out.safetensors',
      command: ['convert', 'net.safetensors'],
    },
  ],
  fuse: [
    {
      what: 'a TensorFlow.js model',
      output: 'out.json',
      before: ['convert', 'net.json', ...RANDOM],
      command: ['fuse', 'net-acb.json'],
    },
    {
      what: 'an ONNX model with its weights beside it',
      output: 'out.onnx',
      before: ['convert', 'net.onnx', ...RANDOM],
      command: ['fuse', 'net.acnet.onnx'],
    },
    {
      what: 'a .pth with its module',
      output: 'out.pth',
      before: ['convert', 'net.pth', ...RANDOM],
      command: ['fuse', 'net.acnet.pth'],
    },
  ],
  export: [
    {
      what: 'a TensorFlow.js model',
      output: 'out.json',
      before: ['export', 'other.keras'],
      command: ['export', 'net.keras'],
    },
    {
      what: 'an ONNX model with its weights beside it',
      output: 'out.onnx',
      before: ['export', 'other.keras'],
      command: ['export', 'net.keras'],
    },
    {
      what: 'a .keras by itself',
      output: 'out.keras',
      before: ['export', 'other.keras'],
      command: ['export', 'net.pth'],
    },
    {
      what: 'a new ONNX model with its weights beside it',
      output: 'out.onnx',
      command: ['export', 'net.keras'],
    },
  ],
};

function argumentsOf(
  [command, source, ...options]: Case['command'],
  output: string,
  overwrite: boolean,
): string[] {
  const place = command === 'export' ? [output] : ['-o', output];
  return [
    command,
    path.join(root, 'sources', source),
    ...place,
    ...options,
    ...(overwrite ? ['--overwrite'] : []),
  ];
}

/** Everything in a folder: checkpoints by their values, other files by their bytes. */
async function contentsOf(folder: string, output: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    const hash = createHash('sha256');
    if (name === output) {
      const checkpoint = await openCheckpointFile(path.join(folder, name));
      for (const [key, tensor] of checkpoint.tensors) hash.update(key).update(tensor.readFloat32());
      hash.update(JSON.stringify(checkpoint.graph?.nodes.map(({ op, attributes }) => [op, attributes])));
      checkpoint.close();
    } else hash.update(readFileSync(path.join(folder, name)));
    files[name] = hash.digest('hex').slice(0, 16);
  }
  return files;
}

/** Another command, into the same folder: what tidies up. */
async function nextRun(folder: string): Promise<void> {
  const options = {
    variant: 'skeleton',
    branches: 'zero',
    overwrite: true,
  } as const;
  const context = testContext(new FakeBackend(() => 0));
  await convertFile(path.join(root, 'sources/net.keras'), path.join(folder, 'next.keras'), options, context);
  rmSync(path.join(folder, 'next.keras'));
}

/** Every second moment is one of the last changes, where files are put in place; the others are spread over all of them. */
function pointOf(moment: number, moments: number, changes: number): number {
  const last = changes - 1 - ((Math.floor(moment / 2) * 5 + 2) % Math.min(changes, 12));
  return moment % 2 === 1 ? Math.floor(((moment + 0.5) * changes) / moments) : last;
}

describe.each(Object.entries(KINDS))('%s that is killed', (kind, cases) => {
  const each = Math.ceil(MOMENTS / cases.length);
  it.each(cases)(
    `at moments while it writes $what leaves the old or the new one, and nothing after the next run`,
    { timeout: 300_000 + each * 60_000 },
    async ({ output, before, command }) => {
      const start = mkdtempSync(path.join(root, `${kind}-`));
      if (before) await run(...argumentsOf(before, path.join(start, output), false));
      const old = await contentsOf(start, output);
      const sources = await contentsOf(path.join(root, 'sources'), '');
      const whole = `${start}-whole`;
      cpSync(start, whole, { recursive: true });
      const counted = `${start}-count`;
      const args = argumentsOf(command, path.join(whole, output), before !== undefined);
      const done = await acnet(args, { KILL_IN: whole, COUNT_TO: counted });
      expect(done).toMatchObject({ code: 0 });
      const newer = await contentsOf(whole, output);
      expect(newer[output]).not.toBe(old[output]);
      const changes = Number(readFileSync(counted, 'utf8'));
      expect(changes).toBeGreaterThan(6);

      const found = new Set<string>();
      let killed = 0;
      for (let moment = 0; moment < each; moment++) {
        const folder = `${start}-${moment}`;
        cpSync(start, folder, { recursive: true });
        const target = path.join(folder, output);
        // Three of four at a change of the disk, counted by the process itself, the others from outside at some time.
        const isInside = moment % 4 !== 3;
        const at = pointOf(moment, each, changes);
        const env = isInside ? { KILL_IN: folder, KILL_AT: String(at) } : { KILL_IN: '/nowhere' };
        let ticks = 0;
        const watch = (): boolean => {
          if (ticks > 0 || readdirSync(folder).some((name) => name.startsWith('.'))) ticks += 1;
          return ticks > moment;
        };
        const ended = await acnet(
          argumentsOf(command, target, before !== undefined),
          env,
          isInside ? undefined : watch,
        );
        if (ended.signal === 'SIGKILL') killed += 1;
        if (isInside) expect({ at, ...ended }).toMatchObject({ signal: 'SIGKILL' });
        // The checkpoint itself is whole at once; a module beside it may need the next run.
        if (existsSync(target)) {
          const { [output]: now } = await contentsOf(folder, output);
          expect([old[output], newer[output]], `moment ${moment}, at once`).toContain(now);
        }
        await nextRun(folder);
        const after = await contentsOf(folder, output);
        expect([old, newer], `moment ${moment}`).toContainEqual(after);
        found.add(after[output] === newer[output] ? 'new' : 'old');
        rmSync(folder, { recursive: true });
      }
      expect(killed).toBeGreaterThanOrEqual(Math.floor((each * 3) / 4));
      if (each > 8) expect([...found].sort()).toEqual(['new', 'old']);
      expect(await contentsOf(path.join(root, 'sources'), '')).toEqual(sources);
    },
  );
});
