import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError, cache, fillOnce, findPython, root, run, works } from './shared.mjs';

const requirements = path.join(root, 'scripts/peers-requirements.txt');
const onnxRequirements = path.join(root, 'scripts/onnx-requirements.txt');
const benchRequirements = path.join(root, 'scripts/bench-requirements.txt');

/** The environment's folder: a new one for other requirements or another Python. */
function peersFolder(requirements) {
  const version = execFileSync(findPython(), ['-c', 'import sys; print(sys.version)'], { encoding: 'utf8' });
  const hash = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex');
  return path.join(cache, 'peers', hash.slice(0, 16));
}

/** A folder's Python interpreter. */
const interpreter = (folder) => path.join(folder, 'bin/python');

/** The Python with Keras and TensorFlow, for whoever runs the tests. */
export function peersPython() {
  return interpreter(peersFolder(requirements));
}

/** The Python with ONNX and ONNX Runtime, which want another numpy than TensorFlow does. */
export function onnxPython() {
  return interpreter(peersFolder(onnxRequirements));
}

/** The Python with PyTorch and safetensors, for tests and benchmarks. */
export function torchPython() {
  return interpreter(peersFolder(benchRequirements));
}

/** A Python environment with Keras and TensorFlow: what was written must open there and give the same numbers. */
export function installPeers() {
  return install(requirements, 'Keras and TensorFlow for comparison (1.6 GB)', ['--no-deps']);
}

/** A Python environment with ONNX and ONNX Runtime. */
export function installOnnx() {
  return install(onnxRequirements, 'ONNX Runtime for comparison (0.2 GB)', ['--no-deps']);
}

/** A Python environment with PyTorch and safetensors. */
export function installTorch() {
  return install(benchRequirements, 'PyTorch for comparison (1.0 GB)', []);
}

function install(requirements, what, options) {
  const python = findPython();
  return fillOnce(peersFolder(requirements), async (folder) => {
    if (!works(python, ['-c', 'import ensurepip, venv'])) {
      throw new SetupError("Python's venv module is missing (Debian: apt-get install python3-venv)");
    }
    console.log(`setup: installing ${what}`);
    await run('python -m venv', python, ['-m', 'venv', folder]);
    await run(`pip install of ${path.relative(root, requirements)}`, interpreter(folder), [
      ...['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off'],
      ...options,
      ...['-r', requirements],
    ]);
  });
}
