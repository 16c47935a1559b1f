import { statSync } from 'node:fs';
import path from 'node:path';
import type { Checkpoint } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import { formatForPath, writtenFormat } from '../../core/formats/registry';
import { checkTarget, isTaken } from '../../files/atomic';
import { refuseInput } from '../../files/inputs';
import { removeLeftovers } from '../../files/leftovers';
import { openCheckpointFile, type OpenOptions } from '../../files/open';
import { breathe, type OperationContext } from './context';
import { weightsAlone } from './network';
import { writeTold } from './write';

/** What there is beside the output. */
interface Written {
  /** The Python module that loads it, where its format and network have one. */
  readonly module?: string;
}

/** How a file is opened and its output written. */
export interface RewriteOptions extends OpenOptions {
  readonly overwrite?: boolean;
}

/**
 * Opens a checkpoint, hands it to `rewrite`, writes what comes back. Whatever can be refused is refused before any
 * work is done; on failure no part of the output is left, and the source is never written.
 * @throws UserError (CheckpointError, UnsupportedError) in one line.
 */
export async function rewriteFile<T>(
  source: string,
  output: string,
  options: RewriteOptions,
  context: OperationContext,
  rewrite: (checkpoint: Checkpoint) => Promise<{ checkpoint: Checkpoint; result: T }>,
): Promise<T & Written> {
  refuseOutput(source, output, options);
  const opened = await openCheckpointFile(source, options);
  try {
    refuseInput(output, { paths: [source], files: opened.files });
    refuseSource(opened, output);
    const { checkpoint, result } = await rewrite(opened);
    await breathe(context);
    const beside = await writeTold(checkpoint, output, options, context);
    const module = beside.find((name) => name.endsWith('.py'));
    return { ...result, ...(module && { module: path.join(path.dirname(output), module) }) };
  } finally {
    opened.close();
  }
}

/**
 * Says before the work what writing would say after it; `source` is undefined where nothing is read. What a process that was killed left in the folder of the output is
 * taken back or completed before.
 * @throws UserError
 */
export function refuseOutput(
  source: string | undefined,
  output: string,
  { overwrite, architecture }: RewriteOptions,
): void {
  const folder = path.dirname(path.resolve(output));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError('the folder of the output does not exist', { path: output });
  }
  removeLeftovers(folder);
  checkTarget(output, true);
  refuseInput(output, { paths: [source, architecture] });
  if (!overwrite && isTaken(output)) {
    throw new UserError('the output exists; --overwrite replaces it', { path: output });
  }
}

function refuseSource(checkpoint: Checkpoint, output: string): void {
  if (!checkpoint.graph && !checkpoint.weights) throw weightsAlone(checkpoint, 'rewritten');
  const format = writtenFormat(checkpoint, '');
  const wanted = formatForPath(output);
  if (wanted?.id !== format.id) {
    throw new UserError('the output is written in the format of the source', {
      path: output,
      found: path.extname(output) || 'no extension',
      expected: format.extensions.join(', '),
    });
  }
}
