import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { peersPython, torchPython } from '../../scripts/setup/peers.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the process listens that runs scripts for an interpreter, by the interpreter's path. */
    peerServers: Readonly<Record<string, string>>;
  }
}

/** What the frameworks look at when they are loaded. */
export const PEER_ENVIRONMENT = {
  KERAS_BACKEND: 'tensorflow',
  TF_CPP_MIN_LOG_LEVEL: '3',
  CUDA_VISIBLE_DEVICES: '',
  PYTHONDONTWRITEBYTECODE: '1',
  // Without AVX-512 they are off, and some of Keras's layers then do not run at all.
  TF_ENABLE_ONEDNN_OPTS: '1',
};

/**
 * For a run of tests, a process for Keras and one for PyTorch that load their packages once, at the first script, and run each script in
 * a fork of theirs: loading takes 2 to 4 s of processor time, and the tests run a hundred scripts. They end with this process, however it ends.
 * ONNX Runtime has a thread as soon as it is loaded, which no fork would have; it loads in 0.3 s.
 * @returns what ends them behind the last test
 */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'acnet-peers-'));
  const addresses: Record<string, string> = {};
  const started: ChildProcess[] = [];
  const start = async (python: string, name: string, packages: readonly string[]): Promise<void> => {
    if (!existsSync(python)) return;
    const address = path.join(folder, name);
    const server = path.join(import.meta.dirname, 'peer-server.py');
    // In a group of its own, which it ends with itself.
    const child = spawn(python, [server, address, ...packages], {
      env: { ...process.env, ...PEER_ENVIRONMENT },
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    started.push(child);
    const ended = once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`${server} ended with ${code}`)),
    );
    await Promise.race([once(child.stdout, 'data'), ended]);
    // Later a script that finds no server says so.
    ended.catch(() => undefined);
    addresses[python] = address;
  };
  // Elsewhere a fork of loaded packages is not safe, and every script has an interpreter of its own, as it has without the set-up.
  if (process.platform === 'linux') {
    await Promise.all([
      start(peersPython(), 'keras', ['keras']),
      // PyTorch loads its compiler only with the first optimiser or exporter.
      start(torchPython(), 'torch', ['torch', 'torch._dynamo']),
    ]);
  }
  project.provide('peerServers', addresses);
  return () => {
    for (const child of started) child.stdin?.end();
    rmSync(folder, { recursive: true, force: true });
  };
}
