import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { onnxPython, peersPython, torchPython } from '../../scripts/setup/peers.mjs';

const ENVIRONMENT = {
  KERAS_BACKEND: 'tensorflow',
  TF_CPP_MIN_LOG_LEVEL: '3',
  CUDA_VISIBLE_DEVICES: '',
  PYTHONDONTWRITEBYTECODE: '1',
  // Without AVX-512 they are off, and some of Keras's layers then do not run at all.
  TF_ENABLE_ONEDNN_OPTS: '1',
};

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
  if (!existsSync(python)) throw new Error('no framework to compare with; run npm run setup');
  const source = script.endsWith('.py') ? [script] : ['-c', script];
  const { status, stdout, stderr } = spawnSync(python, [...source, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...ENVIRONMENT },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${stderr.slice(-3000)}`);
  return stdout;
}
