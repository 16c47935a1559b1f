import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { onnxPython, peersPython, torchPython } from '../../scripts/setup/peers.mjs';
import { PEER_ENVIRONMENT } from './peer-servers';

/**
 * Runs Python with real Keras and TensorFlow and gives what it printed on standard output.
 * @param script Python source, or the path of a `.py` file
 * @param args its `sys.argv[1:]`
 * @throws Error with the end of its standard error, or when the set-up has not run: interop tests never skip
 */
export function runPython(script: string, args: readonly string[] = []): string {
  return runWith(peersPython(), script, args);
}

/** As `runPython`, with PyTorch and safetensors. */
export function runTorch(script: string, args: readonly string[] = []): string {
  return runWith(torchPython(), script, args);
}

/** As `runPython`, with ONNX and ONNX Runtime. */
export function runOnnx(script: string, args: readonly string[] = []): string {
  return runWith(onnxPython(), script, args);
}

/** Where the ONNX package is, which PyTorch's exporter needs and PyTorch's environment has not, and what its default exporter needs besides. */
export function onnxPackages(): string {
  return runOnnx('import onnx, os; print(os.path.dirname(os.path.dirname(onnx.__file__)))').trim();
}

function runWith(python: string, script: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnPeer(python, script, args, inject('peerServers')?.[python]);
  if (status !== 0) throw new Error(`Python ended with ${status}: ${stderr.slice(-3000)}`);
  return stdout;
}

/**
 * How Python ends with a script, and what it writes.
 * @param server where a process listens that has the packages loaded; without, an interpreter of its own
 */
export function spawnPeer(
  python: string,
  script: string,
  args: readonly string[],
  server?: string,
): SpawnSyncReturns<string> {
  if (!existsSync(python)) throw new Error('no framework to compare with; run npm run setup');
  const source = script.endsWith('.py') ? [script] : ['-c', script];
  // The client loads as little as Python can start with.
  const client = ['-I', '-S', join(import.meta.dirname, 'peer-client.py')];
  const command = server === undefined ? source : [...client, server, script];
  return spawnSync(python, [...command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...PEER_ENVIRONMENT },
    maxBuffer: 1 << 28,
  });
}
