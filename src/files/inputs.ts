import { statSync, type BigIntStats } from 'node:fs';
import { UserError } from '../core/errors';

/** By what a file is the same under every name, also through links. */
export function fileKey({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** What a command reads. */
export interface Inputs {
  /** Files as the user named them; those that are not there, and folders, count for nothing. */
  readonly paths: readonly (string | undefined)[];
  /** Keys of all files that an opened checkpoint was made of: the model that gave its network, files beside either. */
  readonly files?: ReadonlySet<string>;
}

/**
 * What a command reads it never writes, whatever it may replace: with the weights, or the network they need, gone, nobody
 * could tell whether the result is right.
 * @throws UserError if the output is one of the inputs
 */
export function refuseInput(output: string, { paths, files }: Inputs): void {
  const key = keyOf(output);
  if (key === undefined) return;
  const [source] = paths;
  if (source !== undefined && keyOf(source) === key) {
    throw new UserError('the output is the source, which is never written', { path: output });
  }
  const others = paths.flatMap((path) => (path === undefined ? [] : (keyOf(path) ?? [])));
  if (others.includes(key) || files?.has(key) === true) {
    throw new UserError('the output is a file that this command reads, such a file is never written', {
      path: output,
    });
  }
}

function keyOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat?.isFile() === true ? fileKey(stat) : undefined;
  } catch {
    return undefined; // whoever opens it says why
  }
}
