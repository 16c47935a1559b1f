import path from 'node:path';

const STAGE = /[.-](acnet|fused|baseline)(-\d+)?$/;

/** `mnist` of `mnist.keras`, `mnist.acnet.keras`, `mnist.fused-2.keras`. */
function familyOf(file: string): string {
  return path.basename(file, path.extname(file)).replace(STAGE, '');
}

/** The files that were made from a checkpoint or that it was made from, by their names; the original first. */
export function relatives(source: string, candidates: readonly string[]): string[] {
  const extension = path.extname(source);
  const isPlain = (file: string): boolean => !STAGE.test(path.basename(file, extension));
  return candidates
    .filter(
      (file) => file !== source && path.extname(file) === extension && familyOf(file) === familyOf(source),
    )
    .sort((a, b) => Number(isPlain(b)) - Number(isPlain(a)) || a.localeCompare(b));
}
