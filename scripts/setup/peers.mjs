import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError, cache, fillOnce, findPython, root, run, works } from './shared.mjs';

const requirements = path.join(root, 'scripts/peers-requirements.txt');

/** The environment's folder: a new one for other requirements or another Python. */
function peersFolder() {
  const version = execFileSync(findPython(), ['-c', 'import sys; print(sys.version)'], { encoding: 'utf8' });
  const hash = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex');
  return path.join(cache, 'peers', hash.slice(0, 16));
}

/** A folder's Python interpreter. */
const interpreter = (folder) => path.join(folder, 'bin/python');

/** The Python with Keras and TensorFlow, for whoever runs the tests. */
export function peersPython() {
  return interpreter(peersFolder());
}

/** A Python environment with Keras and TensorFlow: what was written must open there and give the same numbers. */
export async function installPeers() {
  const python = findPython();
  return fillOnce(peersFolder(), async (folder) => {
    if (!works(python, ['-c', 'import ensurepip, venv'])) {
      throw new SetupError("Python's venv module is missing (Debian: apt-get install python3-venv)");
    }
    console.log('setup: installing Keras and TensorFlow for comparison (1.6 GB)');
    await run('python -m venv', python, ['-m', 'venv', folder]);
    await run('pip install of scripts/peers-requirements.txt', interpreter(folder), [
      ...['-m', 'pip', 'install', '--no-deps', '--disable-pip-version-check', '--progress-bar', 'off'],
      ...['-r', requirements],
    ]);
  });
}
