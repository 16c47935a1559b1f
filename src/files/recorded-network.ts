import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { parsePlainJson } from '../core/encodings/json';
import { NO_ARCHITECTURE } from './architecture';

/** Which ONNX model said how the network of a job is built, as its results record it. */
export interface RecordedNetwork {
  /** Relative to the folder of the record; `none` where the job left out any model. */
  readonly path: string;
  /** Of the model's file, in hex; absent for `none`. */
  readonly sha256?: string;
}

/** A model that a job used. */
export interface UsedModel {
  /** Absolute path, or `none`. */
  readonly file: string;
  readonly sha256?: string;
}

/** What a record says of a file: the model, or why it is not there any more. */
type Found = { readonly model: string } | { readonly problem: string };

/** A record is a few lines. */
const MOST_BYTES = 2 ** 20;

/** @param file an ONNX model, or `none` */
export function usedModel(file: string): UsedModel {
  return file === NO_ARCHITECTURE ? { file } : { file: path.resolve(file), sha256: digestOf(file) };
}

/** A used model as a record in `folder` has it, so that both can be moved together. */
export function recordIn(folder: string, { file, sha256 }: UsedModel): RecordedNetwork {
  if (sha256 === undefined) return { path: NO_ARCHITECTURE };
  const relative = path.relative(folder, file).split(path.sep).join('/');
  return { path: relative, sha256 };
}

/** Where the record lies of files that a job wrote outside of its own folder. @param name of the files, without `.acnet` */
export function recordBeside(folder: string, name: string): string {
  return path.join(folder, `${name}.network.json`);
}

/**
 * The model of a file that a job wrote.
 * @param name the file's name without extension and without what a job adds
 * @returns undefined where no record names the file
 */
export function recordedModel(file: string, name: string): Found | undefined {
  const folder = path.dirname(file);
  for (const record of [path.join(folder, 'result.json'), recordBeside(folder, name)]) {
    const network = readRecord(record, path.basename(file));
    if (network) return modelOf(folder, network, path.basename(record));
  }
  return undefined;
}

function modelOf(folder: string, { path: relative, sha256 }: RecordedNetwork, record: string): Found {
  if (relative === NO_ARCHITECTURE) return { model: NO_ARCHITECTURE };
  const model = path.resolve(folder, relative);
  const said = `${record} says that this file has the network of ${relative}`;
  if (!statSync(model, { throwIfNoEntry: false })?.isFile()) return { problem: `${said}, which is gone` };
  if (digestOf(model) !== sha256) return { problem: `${said}, which has changed since` };
  return { model };
}

/** What a record says of a file of its folder. A record that cannot be read says nothing. */
function readRecord(record: string, name: string): RecordedNetwork | undefined {
  try {
    const stats = statSync(record);
    if (!stats.isFile() || stats.size > MOST_BYTES) return undefined;
    const { outputs, architecture } = parsePlainJson(readFileSync(record, 'utf8'), {}) as {
      readonly outputs?: Readonly<Record<string, unknown>>;
      readonly architecture?: { readonly path?: unknown; readonly sha256?: unknown };
    };
    const names = Object.values(outputs ?? {}).map((each) => String(each).split(/[/\\]/).at(-1));
    if (!names.includes(name) || typeof architecture?.path !== 'string') return undefined;
    const { path: relative, sha256 } = architecture;
    return { path: relative, ...(typeof sha256 === 'string' && { sha256 }) };
  } catch {
    return undefined;
  }
}

function digestOf(file: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(2 ** 20);
  const descriptor = openSync(file, 'r');
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
