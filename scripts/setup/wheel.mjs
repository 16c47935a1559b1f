import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache, fillOnce, findPip, root, run } from './shared.mjs';

/**
 * The wheel of each system, and its hash: one fixed Python tag, so that the user's own Python version does not matter. The
 * extension's install command has the same.
 */
const pinned = JSON.parse(readFileSync(path.join(root, 'src/host/native/wheels.json'), 'utf8'));
const PACKAGE = pinned.package;
export const { version: VERSION, libraries: LIBRARIES, wheels: WHEELS } = pinned;

/** A folder named by the hash: another version is another folder. */
const folderOf = ({ sha256 }) => path.join(cache, 'wheels', sha256.slice(0, 16));

/** TensorFlow's package in the cache; undefined where it is not kept. */
export function keptWheel(wheel) {
  const folder = folderOf(wheel);
  const name = existsSync(folder) && readdirSync(folder).find((file) => file.endsWith('.whl'));
  return name ? path.join(folder, name) : undefined;
}

/**
 * Downloads TensorFlow's package with pip, checked against the pinned hash.
 * @param folder made for it
 * @returns the file
 */
export async function downloadWheel(folder, wheel) {
  const python = findPip();
  mkdirSync(folder, { recursive: true });
  const requirements = path.join(folder, 'requirements.txt');
  writeFileSync(requirements, `${PACKAGE}==${VERSION} --hash=sha256:${wheel.sha256}\n`);
  console.log(`setup: downloading TensorFlow ${VERSION} (${wheel.megabytes} MB)`);
  const options = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--python-version', wheel.python];
  const quiet = ['--disable-pip-version-check', '--progress-bar', 'off'];
  await run(`pip download ${PACKAGE}==${VERSION}`, python, [
    ...['-m', 'pip', 'download', ...options, ...quiet, '-d', folder, '-r', requirements],
  ]);
  rmSync(requirements);
  return path.join(folder, readdirSync(folder)[0]);
}

/**
 * Keeps TensorFlow's package, so that the test of the extension's install command needs no network.
 * @returns whether it was downloaded; false too where this system has none
 */
export async function installWheel() {
  const wheel = WHEELS[`${process.platform}-${process.arch}`];
  return wheel ? fillOnce(folderOf(wheel), (folder) => downloadWheel(folder, wheel)) : false;
}
