import type { ByteSink, ByteSource } from '../bytes';
import type { Checkpoint, Format, Reading } from '../checkpoint';
import { CheckpointError, UnsupportedError, UserError } from '../errors';
import { keras } from './keras/keras';
import { kerasH5 } from './keras/keras-h5';
import { lookAlike } from './look-alikes';
import { onnx } from './onnx/onnx';
import { pytorch } from './pytorch/pytorch';
import { safetensors } from './safetensors/safetensors';
import { tfjsLayers } from './tfjs/tfjs-layers';

/** Every file format. A new one is a folder beside this file and a line here. */
export const FORMATS: readonly Format[] = [keras, kerasH5, tfjsLayers, onnx, pytorch, safetensors];

/** The format that a file name suggests, by its longest extension; `undefined` for an unknown one. */
export function formatForPath(path: string): Format | undefined {
  const name = path.toLowerCase();
  const known = FORMATS.flatMap((format) =>
    format.extensions
      .filter((extension) => name.endsWith(extension))
      .map((extension) => ({ format, extension })),
  );
  return known.sort((a, b) => b.extension.length - a.extension.length).at(0)?.format;
}

/**
 * Opens a checkpoint of whatever format it is; owns the source from here on.
 * @throws CheckpointError naming what the file seems to be, with the error of every format that was tried.
 */
export async function openCheckpoint(source: ByteSource, reading: Reading = {}): Promise<Checkpoint> {
  try {
    const known = lookAlike(source);
    if (known) throw new CheckpointError(known.summary, { path: source.path, ...known.detail });
    return await tryFormats(source, reading);
  } catch (error) {
    source.close();
    throw error;
  }
}

async function tryFormats(source: ByteSource, reading: Reading): Promise<Checkpoint> {
  const tried: { readonly format: Format; readonly error: CheckpointError }[] = [];
  for (const format of FORMATS.filter((each) => each.match(source))) {
    try {
      return await format.open(source, reading);
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      tried.push({ format, error });
    }
  }
  // A name that only one format has says what the file was meant to be.
  const named = formatForPath(source.path);
  const only = tried.length === 1 ? tried.at(0) : tried.find(({ format }) => format === named);
  if (only) throw only.error;
  if (tried.length > 1) {
    const all = tried.map(({ format, error }) => `as ${format.label}: ${error.summary}`).join('; ');
    throw new CheckpointError(`no format can read this file: ${all}`, { path: source.path });
  }
  throw new CheckpointError('this is not a checkpoint of a known format', {
    path: source.path,
    expected: FORMATS.map(({ label }) => label).join(', '),
  });
}

/** The format of a checkpoint, by its id. */
export function formatOf({ format, path }: Pick<Checkpoint, 'format' | 'path'>): Format {
  const found = FORMATS.find(({ id }) => id === format);
  if (!found) throw new UnsupportedError('this format is unknown', { path, found: format });
  return found;
}

/**
 * The format that a checkpoint is written in.
 * @param so what follows where it cannot be: ", so it cannot be trained"
 * @throws UnsupportedError if it cannot be written
 */
export function writtenFormat(checkpoint: Checkpoint, so: string): Format {
  const format = formatOf(checkpoint);
  if (checkpoint.writer) return format;
  throw new UnsupportedError(`this format can be read but not written${so}`, {
    path: checkpoint.path,
    found: format.label,
  });
}

/**
 * Writes a checkpoint in its own format.
 * @throws UnsupportedError if the format cannot be written.
 */
export async function writeCheckpoint(checkpoint: Checkpoint, sink: ByteSink): Promise<void> {
  const { writer } = checkpoint;
  if (!writer) throw unwritable(checkpoint);
  await writer.write(checkpoint, sink);
  const written = writer.check && sink.written?.();
  if (!written) return;
  try {
    requireSound((await writer.check?.(written, checkpoint)) ?? [], sink.path);
  } finally {
    written.close();
  }
}

function unwritable({ format, path, noNetwork }: Checkpoint): UnsupportedError {
  return noNetwork === undefined
    ? new UnsupportedError('this format cannot be written', { found: format })
    : new UnsupportedError('this file has weights but no network, so it cannot be written', {
        path,
        found: noNetwork,
      });
}

/** @throws UserError that it is not a fault of the user's. */
function requireSound(faults: readonly string[], path: string): void {
  if (faults.length === 0) return;
  const more = faults.length > 1 ? ` and ${faults.length - 1} more` : '';
  throw new UserError(
    'the file as made here does not hold together, which is a mistake of this program: nothing was written',
    { path, found: `${faults[0]}${more}` },
  );
}
