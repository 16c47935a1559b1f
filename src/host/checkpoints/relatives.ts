import path from 'node:path';

const STAGE = /(?:[.-](acnet|fused|baseline)(-\d+)?)+$/;

/** What a file is made into comes later. */
const STAGES: ReadonlyArray<string | undefined> = [undefined, 'baseline', 'acnet', 'fused'];

/** `mnist` of `mnist.keras`, `mnist.acnet.keras`, `mnist.acnet.fused-2.keras`. */
function familyOf(file: string): string {
  return stemOf(file).replace(STAGE, '');
}

/** Where a file stands on the way from the original to the fused one, by its name. */
function stageOf(file: string): number {
  return STAGES.indexOf(STAGE.exec(stemOf(file))?.[1]);
}

function stemOf(file: string): string {
  return path.basename(file, path.extname(file));
}

/**
 * The files that were made from a checkpoint or that it was made from, by their names; the original first.
 * @param anyFormat whether files with another extension count
 */
export function relatives(source: string, candidates: readonly string[], anyFormat = false): string[] {
  const extension = path.extname(source);
  const isPlain = (file: string): boolean => stageOf(file) === 0;
  return candidates
    .filter(
      (file) =>
        file !== source &&
        (anyFormat || path.extname(file) === extension) &&
        familyOf(file) === familyOf(source),
    )
    .sort((a, b) => Number(isPlain(b)) - Number(isPlain(a)) || a.localeCompare(b));
}

/** Whether by their names `other` was there before `file`, which was made from it. */
export function isEarlier(other: string, file: string): boolean {
  return familyOf(other) === familyOf(file) && stageOf(other) < stageOf(file);
}
