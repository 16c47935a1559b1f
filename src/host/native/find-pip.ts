import { execFile } from 'node:child_process';
import { HostError } from '../errors';
import { workerEnvironment } from '../workers/environment';

const LIMIT_MILLISECONDS = 20_000;

/**
 * The first of these interpreters that has pip.
 * @param folder where they are run: Python takes modules from the working folder
 * @throws HostError when none has
 */
export async function findPip(interpreters: readonly string[], folder: string): Promise<string> {
  for (const python of interpreters) if (await hasPip(python, folder)) return python;
  throw new HostError(
    'Python 3.8 or later with pip was not found; install it (Debian: apt-get install python3-pip), or select an interpreter in the Python extension',
  );
}

function hasPip(python: string, folder: string): Promise<boolean> {
  const options = { cwd: folder, env: workerEnvironment(process.env), timeout: LIMIT_MILLISECONDS };
  const isNew = 'import sys; assert sys.version_info >= (3, 8); import pip';
  return new Promise((resolve) => {
    execFile(python, ['-c', isNew], options, (error) => resolve(error === null));
  });
}
