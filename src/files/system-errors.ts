import { UserError } from '../core/errors';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the output folder does not exist',
  ENOTDIR: 'the output folder does not exist',
  EACCES: 'the output cannot be written: permission denied',
  EPERM: 'the output cannot be written: not permitted',
  EROFS: 'the output cannot be written: the file system is read-only',
  ENOSPC: 'the output cannot be written: the disk is full',
  ENAMETOOLONG: 'the name of the output is too long',
  EEXIST: 'the output exists already and is not overwritten',
};

/** Runs a step of writing `path`. @throws UserError with what the file system says, in a sentence */
export function writing<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof UserError || typeof code !== 'string') throw error;
    throw new UserError(REASONS[code] ?? `the output cannot be written: ${code}`, { path });
  }
}
