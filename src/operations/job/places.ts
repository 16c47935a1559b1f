import { realpathSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { isTaken } from '../../files/atomic';
import { entryAt } from '../../files/entry';
import type { Job } from './job';
import { listed, outputPaths, recordFor } from '../train/outputs';

/** Folders into which a job may write beside the one that its file lies in; `anywhere` when somebody said so. */
export type Allowed = readonly string[] | 'anywhere';

/** What a job would write outside of where it may. */
export interface OutsideWrites {
  /** Folders, links in them resolved. */
  readonly folders: readonly string[];
  /** Its outputs that are there already: a run that overwrites replaces them. */
  readonly existing: readonly string[];
}

/**
 * Where a job would write outside of the folder of its file and those that are allowed; links are followed to where they
 * lead.
 * @param directory the job's own folder
 * @throws UserError for a link that leads nowhere
 */
export function outsideWrites(
  job: Pick<Job, 'file' | 'checkpoint' | 'output'>,
  directory: string,
  allowed: readonly string[],
): OutsideWrites {
  const inside = [path.dirname(job.file), ...allowed].map(realPlace);
  const places = [directory, ...(job.output.folder === undefined ? [] : [job.output.folder])];
  const folders = new Map(places.map((place) => [place, realPlace(place)]));
  const isInside = (place: string): boolean => inside.some((folder) => contains(folder, place));
  const outside = [...new Set(folders.values())].filter((place) => !isInside(place));
  const outputs = outputPaths(job, directory);
  const record = recordFor(outputs, directory);
  const written = record === undefined ? listed(outputs) : [...listed(outputs), record];
  const existing = written.filter(
    (output) => isTaken(output) && outside.includes(folders.get(path.dirname(output)) ?? ''),
  );
  return { folders: outside, existing };
}

/** @throws UserError when the job would write where it may not. */
export function requireInside(job: Job, directory: string, allowed: Allowed): void {
  if (allowed === 'anywhere') return;
  const { folders } = outsideWrites(job, directory, allowed);
  if (folders.length === 0) return;
  throw new UserError('the job writes outside of its folder; --allow-outside lets it', {
    path: job.file,
    found: folders.join(', '),
    expected: path.dirname(job.file),
  });
}

function contains(folder: string, place: string): boolean {
  const relative = path.relative(folder, place);
  return relative === '' || (!/^\.\.([/\\]|$)/.test(relative) && !path.isAbsolute(relative));
}

/** Where a path leads, whether all of it exists yet or not. */
function realPlace(place: string): string {
  const absolute = path.resolve(place);
  const missing: string[] = [];
  for (let at = absolute; ; at = path.dirname(at)) {
    if (isTaken(at) || path.dirname(at) === at) return path.join(resolved(at), ...missing);
    missing.unshift(path.basename(at));
  }
}

function resolved(existing: string): string {
  try {
    return realpathSync(existing);
  } catch (error) {
    throw new UserError('the folder cannot be reached', {
      path: existing,
      found: entryAt(existing)?.what ?? (error as NodeJS.ErrnoException).code,
    });
  }
}
