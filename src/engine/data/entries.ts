import { readdirSync, type Dirent } from 'node:fs';
import { DataError } from '../../core/errors';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such folder',
  ENOTDIR: 'it is no folder',
};

/** What lies in a data folder. @throws DataError when it may not be looked into. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new DataError('the data folder cannot be read', { path: folder, found: REASONS[code] ?? code });
  }
}

/** Their names. */
export function namesIn(folder: string): string[] {
  return entriesOf(folder).map(({ name }) => name);
}
