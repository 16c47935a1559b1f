import { readdirSync, statSync, type Dirent, type Stats } from 'node:fs';
import { DataError } from '../../core/errors';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'no such folder',
  ENOTDIR: 'it is not a folder',
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

/** No file can be there: a name may also be too long for one, or a link lead nowhere. */
const ABSENT: readonly string[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'];

/** What is at a path, if anything. @throws DataError when that may not be looked at */
function factsAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (ABSENT.includes(code)) return undefined;
    throw new DataError('the data cannot be read', { path, found: REASONS[code] ?? code });
  }
}

/** Whether a file or a folder is at a path. @throws DataError when that may not be looked at */
export function kindAt(path: string): 'file' | 'folder' | 'other' | undefined {
  const facts = factsAt(path);
  if (facts?.isFile()) return 'file';
  return facts?.isDirectory() ? 'folder' : facts && 'other';
}

/** The names in a data folder. @throws DataError as `entriesOf` does */
export function namesIn(folder: string): string[] {
  return entriesOf(folder).map(({ name }) => name);
}
