import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';

/** File name of the addon that binds TensorFlow. */
export const ADDON_NAME = 'tfjs_binding.node';
/** Keeps TensorFlow's start-up notes off standard error; there where the addon is of our own making. */
export const QUIET_NAME = 'acnet_quiet.node';
/** Operators of our own; there where the addon is of our own making, and not for every TensorFlow. */
export const KERNELS_NAME = 'acnet_kernels.node';
const ADDONS = [ADDON_NAME, QUIET_NAME, KERNELS_NAME];

/** TensorFlow's libraries in its Python packages for Linux. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** Whether a folder has TensorFlow's libraries. */
export function hasLibraries(folder: string): boolean {
  return LIBRARIES.every((name) => existsSync(path.join(folder, name)));
}

/**
 * A folder with the addon and symbolic links to the libraries: the addon looks for them beside itself, and neither may be
 * written into the other's folder. Made once for each pair.
 * @param addons folder of the addon that was built
 * @param libraries folder with TensorFlow's libraries
 * @param root where such folders are kept
 * @returns the addon in that folder
 */
export function linkedAddon(addons: string, libraries: string, root: string): string {
  const folder = path.join(root, fingerprint(addons, libraries));
  if (!existsSync(folder)) make(folder, addons, libraries);
  return path.join(folder, ADDON_NAME);
}

function make(folder: string, addons: string, libraries: string): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}-`);
  try {
    for (const name of ADDONS) {
      if (existsSync(path.join(addons, name))) {
        copyFileSync(path.join(addons, name), path.join(temporary, name));
      }
    }
    for (const name of LIBRARIES) symlinkSync(path.join(libraries, name), path.join(temporary, name));
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process was quicker: the same addon and the same libraries.
    if (!existsSync(folder)) throw error;
  }
}

/** Changes with the addons, and with what the links would lead to. */
function fingerprint(addons: string, libraries: string): string {
  const hash = createHash('sha256');
  for (const name of ADDONS) {
    const file = path.join(addons, name);
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  for (const name of LIBRARIES) {
    const file = path.join(libraries, name);
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}
