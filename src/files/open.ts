import { statSync } from 'node:fs';
import path from 'node:path';
import type { Checkpoint, Reading } from '../core/checkpoint';
import { CheckpointError, UserError } from '../core/errors';
import { FORMATS, openCheckpoint } from '../core/formats/registry';
import { attachArchitecture, takesArchitecture } from '../core/formats/attach/attach';
import { NO_ARCHITECTURE } from './architecture';
import { noteAssumed, noteEqualWeights, presentReading } from './assumed';
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

/** What conversion, fusion and training add to the name of a checkpoint. */
const ADDED = /\.(acnet|fused|baseline)$/i;

/**
 * Opens a checkpoint file of any known format.
 * @param options what is said of it; of its reading, what the person who started the work says when absent
 * @throws CheckpointError in one line: what is wrong with the file, or what it seems to be; or why the weights are not
 *   those of the model that was asked for.
 */
export async function openCheckpointFile(
  file: string,
  options: OpenOptions & Reading = {},
): Promise<Checkpoint> {
  const checkpoint = await opened(file, options);
  noteAssumed(checkpoint, options.architecture === undefined);
  return checkpoint;
}

async function opened(
  file: string,
  { architecture, equalWeights }: OpenOptions & Reading,
): Promise<Checkpoint> {
  const reading = equalWeights === undefined ? presentReading(file) : { equalWeights };
  const found = await openTold(file, reading);
  if (architecture === NO_ARCHITECTURE) return withoutModel(found);
  if (architecture === undefined) return withModelBeside(found, reading);
  try {
    if (!takesArchitecture(found)) {
      throw new UserError('a network can be attached to weights by name alone, and this file has its own', {
        path: file,
        found: `--architecture ${architecture}`,
      });
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
): Promise<readonly [Checkpoint, Checkpoint]> {
  const kinds = await Promise.all(files.map(hasOwnNetwork));
  const each = (i: 0 | 1): Promise<Checkpoint> =>
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
  return !takesArchitecture(opened);
}

/** The file with the network of the model of its name, if it has none and there is one that fits. */
async function withModelBeside(found: Checkpoint, reading: Reading): Promise<Checkpoint> {
  if (!takesArchitecture(found)) return found;
  const recorded = recordedModel(found.path, path.basename(namesOf(found.path)[1]));
  if (recorded && 'model' in recorded) return withRecorded(found, recorded.model, reading);
  const opened = recorded ? withProblem(found, recorded.problem) : found;
  if (opened.graph) return opened;
  const model = modelsBeside(opened.path).find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (model === undefined) return opened;
  try {
    return await attached(opened, model, {
      how: 'beside the file; --architecture none leaves it out',
      reading,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = `${path.basename(model)} beside this file is not its network: ${error.summary}`;
    return { ...opened, warnings: [...opened.warnings, why] };
  }
}

/** A file that a job wrote, with the network that the job had. */
async function withRecorded(found: Checkpoint, model: string, reading: Reading): Promise<Checkpoint> {
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

function withoutModel(found: Checkpoint): Checkpoint {
  return takesArchitecture(found) ? { ...found, architectureFile: NO_ARCHITECTURE } : found;
}

function withProblem(found: Checkpoint, problem: string): Checkpoint {
  return { ...found, warnings: [...found.warnings, problem], architectureProblem: problem };
}

/** Opens a checkpoint that says which files it was read from. */
async function openTold(file: string, reading: Reading): Promise<Checkpoint> {
  const read = new Set<string>();
  return { ...(await openCheckpoint(openFile(file, read), reading)), readFrom: () => read };
}

/**
 * Where the model has equal parameters once and does not show whose they are, the file does if it has other values for
 * some: then the model is read as if each layer had its own.
 */
async function attached(
  opened: Checkpoint,
  file: string,
  { how, reading }: { readonly how: string; readonly reading: Reading },
): Promise<Checkpoint> {
  const attach = async (equalWeights: Reading['equalWeights']): Promise<Checkpoint> => {
    const model = await openTold(file, { equalWeights });
    try {
      const readFrom = () => new Set([...(opened.readFrom?.() ?? []), ...(model.readFrom?.() ?? [])]);
      const network = attachArchitecture(opened, model, how);
      const checkpoint: Checkpoint = { ...network, readFrom, architectureFile: file };
      noteEqualWeights(model, opened.path);
      return checkpoint;
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
