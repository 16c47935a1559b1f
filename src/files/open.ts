import { statSync } from 'node:fs';
import path from 'node:path';
import type { Checkpoint, Reading } from '../core/checkpoint';
import { CheckpointError, UserError } from '../core/errors';
import { FORMATS, openCheckpoint } from '../core/formats/registry';
import { NO_ARCHITECTURE } from './architecture';
import { noteAssumed, noteAssumptions, presentReading } from './assumed';
import { recordedModel } from './recorded-network';
import { openFile } from './source';

/** How a checkpoint is opened. */
export interface OpenOptions {
  /**
   * An ONNX model that says how the network of weights by name is built; `none` for whatever the weights show by
   * themselves. When absent, an unknown network is looked for in the model of the same name beside the file.
   */
  readonly architecture?: string;
}

/** A checkpoint that was opened from files. */
export interface CheckpointFile extends Checkpoint {
  /** Keys (`fileKey`) of every file that it was read from, the model that gave its network and files beside both included. */
  readonly files: ReadonlySet<string>;
  /** Of weights by name: path of the model that says how the network is built, or `none` where any is left out. */
  readonly model?: string;
}

/** What conversion, fusion and training add to the name of a checkpoint. */
const ADDED = /\.(acnet|fused|baseline)$/i;

/**
 * Opens a checkpoint file of any known format.
 * @param options what a person stated about it; what was stated for the whole run when absent
 * @throws CheckpointError in one line: what is wrong with the file, or what it seems to be; or why the weights are not
 *   those of the model that was asked for.
 */
export async function openCheckpointFile(
  file: string,
  options: OpenOptions & Reading = {},
): Promise<CheckpointFile> {
  const checkpoint = await opened(file, options);
  noteAssumed(checkpoint, options.architecture === undefined);
  return checkpoint;
}

async function opened(
  file: string,
  { architecture, ...said }: OpenOptions & Reading,
): Promise<CheckpointFile> {
  const present = presentReading(file);
  const reading = {
    equalWeights: said.equalWeights ?? present.equalWeights,
    bnEpsilon: said.bnEpsilon ?? present.bnEpsilon,
  };
  const found = await openTold(file, reading);
  if (architecture === NO_ARCHITECTURE) return withoutModel(found);
  if (architecture === undefined) return withModelBeside(found, reading);
  try {
    if (!found.weights) {
      throw new UserError(
        'a network can only be attached to a weights-only file, and this file has its own',
        {
          path: file,
          found: `--architecture ${architecture}`,
        },
      );
    }
    return await attached(found, architecture, { how: 'as asked for', reading });
  } catch (error) {
    found.close();
    throw error;
  }
}

/**
 * Opens two files, a model being for whichever of them has no network of its own.
 * @throws CheckpointError as `openCheckpointFile` does
 */
export async function openCheckpointPair(
  files: readonly [string, string],
  options: OpenOptions = {},
): Promise<readonly [CheckpointFile, CheckpointFile]> {
  const kinds = await Promise.all(files.map(hasOwnNetwork));
  const each = (i: 0 | 1): Promise<CheckpointFile> =>
    // Of two that have their own the first one says what is wrong.
    openCheckpointFile(files[i], kinds[i] && !(kinds[0] && kinds[1]) ? {} : options);
  const first = await each(0);
  try {
    return [first, await each(1)];
  } catch (error) {
    first.close();
    throw error;
  }
}

async function hasOwnNetwork(file: string): Promise<boolean> {
  const opened = await openCheckpoint(openFile(file));
  opened.close();
  return !opened.weights;
}

/** The file with the network of the model of its name, if it has none and there is one that fits. */
async function withModelBeside(found: CheckpointFile, reading: Reading): Promise<CheckpointFile> {
  if (!found.weights) return found;
  const recorded = recordedModel(found.path, path.basename(namesOf(found.path)[1]));
  if (recorded && 'model' in recorded) return withRecorded(found, recorded.model, reading);
  const noted = (file: CheckpointFile): CheckpointFile =>
    recorded ? withProblem(file, recorded.problem) : file;
  if (found.graph) return noted(found);
  const model = modelsBeside(found.path).find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (model === undefined) return noted(found);
  try {
    const how = 'beside the file; --architecture none leaves it out';
    return noted(await attached(found, model, { how, reading }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = `${path.basename(model)} beside this file is not its network: ${error.summary}`;
    return withProblem(noted(found), why);
  }
}

/** A file that a job wrote, with the network that the job had. */
async function withRecorded(found: CheckpointFile, model: string, reading: Reading): Promise<CheckpointFile> {
  if (model === NO_ARCHITECTURE) return withoutModel(found);
  try {
    return await attached(found, model, {
      how: 'which the job that wrote this file used; --architecture none leaves it out',
      reading,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const name = path.basename(model);
    return withProblem(
      found,
      `the job that wrote this file used ${name}, which does not fit: ${error.summary}`,
    );
  }
}

function withoutModel(found: CheckpointFile): CheckpointFile {
  return found.weights ? { ...found, model: NO_ARCHITECTURE } : found;
}

function withProblem(found: CheckpointFile, problem: string): CheckpointFile {
  const { weights } = found;
  return {
    ...found,
    warnings: [...found.warnings, problem],
    ...(weights && { weights: { ...weights, problem } }),
  };
}

/** Opens a checkpoint that says which files it was read from. */
async function openTold(file: string, reading: Reading, files = new Set<string>()): Promise<CheckpointFile> {
  return { ...(await openCheckpoint(openFile(file, files), reading)), files };
}

/**
 * Where the model has equal parameters once and does not show whose they are, the file does if it has other values for
 * some: then the model is read as if each layer had its own.
 */
async function attached(
  opened: CheckpointFile,
  file: string,
  { how, reading }: { readonly how: string; readonly reading: Reading },
): Promise<CheckpointFile> {
  const { weights } = opened;
  if (!weights) return opened;
  const attach = async (equalWeights: Reading['equalWeights']): Promise<CheckpointFile> => {
    // One set of both, since files beside them are opened when they are needed.
    const files = new Set(opened.files);
    const model = await openTold(file, { equalWeights }, files);
    try {
      const network = weights.attach(model, how);
      noteAssumptions(model, opened.path);
      return { ...network, files, model: file };
    } catch (error) {
      model.close();
      throw error;
    }
  };
  try {
    return await attach(reading.equalWeights);
  } catch (error) {
    if (reading.equalWeights !== undefined || !(error instanceof CheckpointError)) throw error;
    // Whatever is wrong else is wrong again, and said as it was.
    return await attach('separate').catch(() => Promise.reject(error));
  }
}

/** `net.acnet.pth` may be of the network in `net.acnet.onnx` or `net.onnx`. */
function modelsBeside(file: string): string[] {
  return [...new Set(namesOf(file))].map((name) => `${name}.onnx`);
}

/** The path without its extension, and without what conversion, fusion and training add. */
function namesOf(file: string): readonly [string, string] {
  const known = FORMATS.flatMap(({ extensions }) => extensions).sort((a, b) => b.length - a.length);
  const extension = known.find((each) => file.toLowerCase().endsWith(each)) ?? path.extname(file);
  const base = file.slice(0, file.length - extension.length);
  return [base, base.replace(ADDED, '')];
}
