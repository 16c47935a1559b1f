import { spawnSync } from 'node:child_process';
import { parsePlainJson } from '../../core/encodings/json';

/** TensorFlow as a Python environment has it. */
export interface PythonTensorflow {
  /** With TensorFlow's libraries. */
  readonly folder: string;
  readonly version: string;
}

/** What an interpreter answered. */
export type PythonAnswer = { readonly found: PythonTensorflow } | { readonly problem: string };

// The package is found, not imported: importing TensorFlow takes seconds. The first entry of the path is the working
// folder, whose modules must not be run.
const PROGRAM = `
import sys
sys.path[:] = [p for p in sys.path if p]
import importlib.metadata as metadata, importlib.util as util, json, os
spec = util.find_spec("tensorflow")
version = None
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-rocm", "intel-tensorflow"):
    try:
        version = metadata.version(name)
        break
    except metadata.PackageNotFoundError:
        pass
folder = os.path.dirname(spec.origin) if spec and spec.origin else None
print(json.dumps({"folder": folder, "version": version}))
`;

// A cold start from a slow disk; a shim that asks something would wait for ever.
const LIMIT_MILLISECONDS = 10_000;

const answers = new Map<string, PythonAnswer>();

/** Asks an interpreter for its TensorFlow, once for the life of this process. */
export function tensorflowOf(interpreter: string): PythonAnswer {
  const known = answers.get(interpreter) ?? ask(interpreter);
  answers.set(interpreter, known);
  return known;
}

function ask(interpreter: string): PythonAnswer {
  const { error, status, stdout } = spawnSync(interpreter, ['-c', PROGRAM], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: LIMIT_MILLISECONDS,
    killSignal: 'SIGKILL',
  });
  if (error) return { problem: 'it does not run' };
  if (status !== 0) return { problem: 'it cannot look for packages' };
  return read(stdout);
}

function read(text: string): PythonAnswer {
  try {
    const { folder, version } = parsePlainJson(text, {}) as { folder?: unknown; version?: unknown };
    if (typeof folder !== 'string') return { problem: 'it has no TensorFlow' };
    if (typeof version !== 'string') return { problem: 'its TensorFlow has no version' };
    return { found: { folder, version } };
  } catch {
    return { problem: 'its answer makes no sense' };
  }
}
