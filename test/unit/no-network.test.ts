import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { targets } from '../../scripts/targets.mjs';
import { workerMessage } from '../../src/contract/wire';
import type { CallName, RequestOf } from '../../src/contract/calls';
import { SMALL, smallFolder } from '../support/jobs';
import { temporaryFolder } from '../support/folders';

const GUARD = path.join(import.meta.dirname, '../support/no-network.cjs');

/** Node's modules that lead to a network. */
const NETWORK = /^(node:)?(net|tls|https?|http2|dns|dns\/promises|dgram|inspector)$/;

// Calls below Node's, TensorFlow's too, where this program is there and may be used (Debian: apt-get install strace).
const STRACE = 'strace';
const SEES_CALLS = spawnSync(STRACE, ['-qq', '-o', '/dev/null', 'true']).status === 0;

let bundles: string;
const outputs = new Map<string, string>();

/** All that ships, from the same options. */
beforeAll(async () => {
  bundles = mkdtempSync(path.join(tmpdir(), 'acnet-bundles-'));
  for (const { outputFiles } of await Promise.all(
    targets.map((target) => build({ ...target, outdir: undefined, write: false, metafile: false })),
  )) {
    for (const { path: file, text } of outputFiles) {
      outputs.set(path.basename(file), text);
      writeFileSync(path.join(bundles, path.basename(file)), text);
    }
  }
});
afterAll(() => rmSync(bundles, { recursive: true, force: true }));

describe('what ships', () => {
  const required = (text: string): string[] =>
    [...text.matchAll(/\b(?:require|import)\(\s*["']([^"']+)["']/g)].map(([, name]) => name ?? '');

  it.each(['extension.cjs', 'cli.cjs', 'reader.cjs', 'trainer.cjs', 'hdf5.cjs'])(
    '%s loads no module that leads to a network',
    (name) => {
      const modules = required(outputs.get(name) ?? '');
      expect(modules.length).not.toEqual([]);
      expect(modules.filter((module) => NETWORK.test(module))).toEqual([]);
    },
  );

  it('such a module would be seen', () => {
    expect(required(`var a = require("node:https"), b = await import('net')`)).toEqual(['node:https', 'net']);
    expect(['node:https', 'net', 'dns/promises'].every((name) => NETWORK.test(name))).toBe(true);
    expect(['node:path', 'internet'].some((name) => NETWORK.test(name))).toBe(false);
  });

  it('the page speaks to nobody but the editor, and names no address but those of XML', () => {
    const page = outputs.get('inspector.js') ?? '';
    expect(page.length).toBeGreaterThan(100_000);
    expect(page).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts/);
    const addresses = [...page.matchAll(/\b(?:https?|wss?):\/\/[^"'`\s)]*/g)].map(([address]) => address);
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(outputs.get('inspector.css')).not.toMatch(/url\(|@import/);
  });
});

/** How a program is started so that its sockets are seen, and what was seen. */
class Watch {
  private readonly folder = temporaryFolder();
  private readonly notes = path.join(this.folder, 'notes.txt');
  private readonly calls = path.join(this.folder, 'calls.txt');
  readonly environment = { ...process.env, ACNET_TEST_SOCKETS: this.notes };
  private readonly strace = ['-f', '-qq', '-e', 'trace=socket,connect', '-o', this.calls, process.execPath];
  readonly program = SEES_CALLS ? STRACE : process.execPath;
  readonly options = [...(SEES_CALLS ? this.strace : []), '--require', GUARD];

  /** What the guard has refused, and which calls went to a network. Sockets of this machine do not count. */
  seen(): string[] {
    const lines = (file: string): string[] =>
      existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    return [...lines(this.notes), ...lines(this.calls).filter((line) => /AF_INET|AF_PACKET/.test(line))];
  }
}

async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += String(text)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
}

function run(watch: Watch, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { ...watch.environment, ...environment };
  return ended(spawn(watch.program, [...watch.options, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** A worker process as the extension forks it; calls are answered one after the other. */
async function asked<N extends CallName>(
  watch: Watch,
  worker: string,
  environment: NodeJS.ProcessEnv,
  calls: ReadonlyArray<{ readonly [M in N]: readonly [M, RequestOf<M>] }[N]>,
): Promise<unknown[]> {
  const child = fork(path.join(bundles, worker), [], {
    execPath: watch.program,
    execArgv: watch.options,
    env: { ...watch.environment, ...environment },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const answers: unknown[] = [];
  for (const [id, [call, request]] of calls.entries()) {
    const answer = new Promise((resolve) => {
      child.on('message', (raw) => {
        const message = workerMessage.parse(raw);
        if (message.type === 'answer' && message.id === id) resolve(message.answer);
      });
    });
    child.send({ type: 'call', id, call, request });
    // What has ended answers nothing.
    answers.push(await Promise.race([answer, end]));
  }
  if (child.connected) child.disconnect();
  await end;
  return answers;
}

const isFine = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'ok' in answer && !('err' in answer);

/** A network, images and a job of two steps. */
async function smallJob(): Promise<string> {
  const folder = await smallFolder();
  const job = { ...SMALL, epochs: 1, batch: 24, baseline: false };
  writeFileSync(path.join(folder, 'small.acnet.json'), JSON.stringify(job));
  return folder;
}

describe('nothing opens a socket', () => {
  it.each(['portable', 'tensorflow'])('from the command line, on %s', async (backend) => {
    const folder = await smallJob();
    const watch = new Watch();
    const file = (name: string): string => path.join(folder, name);
    for (const args of [
      ['inspect', file('small.keras')],
      ['convert', file('small.keras'), '-o', file('blocks.keras')],
      ['train', file('small.acnet.json')],
      ['fuse', file('blocks.keras'), '-o', file('fused.keras')],
      ['verify', file('small.keras'), file('fused.keras')],
    ]) {
      const { code, said } = await run(watch, [path.join(bundles, 'cli.cjs'), ...args], {
        ACNET_BACKEND: backend,
      });
      expect(code, said).toBe(0);
    }
    expect(watch.seen()).toEqual([]);
  });

  it('in the processes that the extension starts', async () => {
    const folder = await smallJob();
    const watch = new Watch();
    const path_ = path.join(folder, 'small.keras');
    const output = path.join(folder, 'blocks.keras');
    const conversion = { path: path_, output, variant: 'skeleton', branches: 'zero' } as const;
    const read = await asked(watch, 'reader.cjs', {}, [
      ['inspect', { path: path_ }],
      ['kernels', { path: path_ }],
      ['convert', { ...conversion, overwrite: false }],
      ['fuse', { path: output, output: path.join(folder, 'fused.keras'), fold: false, overwrite: false }],
    ]);
    expect(read.filter(isFine)).toHaveLength(4);
    const trained = await asked(watch, 'trainer.cjs', { ACNET_BACKEND: 'portable' }, [
      ['backend', {}],
      ['train', { path: path.join(folder, 'small.acnet.json') }],
    ]);
    expect(trained.filter(isFine)).toHaveLength(2);
    expect(watch.seen()).toEqual([]);
  });

  it.each([
    ['a connection', "require('node:net').connect(9, '127.0.0.1')", 'net.connect'],
    ['a request', "require('node:https').get('https://127.0.0.1:9')", 'net.connect'],
    ['a look-up', "require('node:dns').lookup('localhost', () => {})", 'dns.lookup'],
    ['fetch', "fetch('http://127.0.0.1:9')", 'fetch'],
    ['a server', "require('node:net').createServer().listen(0)", 'net.listen'],
    ['a thread', "new (require('node:worker_threads').Worker)('fetch(0)', { eval: true })", 'fetch'],
  ])('and one would be seen: %s', async (_what, code, refused) => {
    const watch = new Watch();
    expect((await run(watch, ['-e', code])).code).not.toBe(0);
    expect(watch.seen().join()).toContain(refused);
  });

  it.skipIf(!SEES_CALLS)('below Node too', async () => {
    const watch = new Watch();
    const python = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)';
    await run(watch, [
      '-e',
      `require('node:child_process').execFileSync('python3', ['-c', ${JSON.stringify(python)}])`,
    ]);
    expect(watch.seen().join()).toContain('AF_INET');
  });
});
