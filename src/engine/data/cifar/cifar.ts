import { DataError } from '../../../core/errors';
import { joinSamples, type Dataset, type Samples } from '../dataset';
import { wholeFile } from '../file';
import { datasetOf, numberedClasses } from '../parts';
import { openBinaryBatch } from './binary';
import type { CifarFiles } from './names';
import { openPickledBatch, pickledNames } from './pickled';

/** Larger files of names are refused: the real ones have a kilobyte. */
const MAX_NAMES = 65_536;

/**
 * CIFAR-10 or CIFAR-100 as they are published, in the binary form or Python's. Of CIFAR-100 the fine labels are taken.
 * @throws DataError for files that are not of that form, and labels without a name.
 */
export function openCifar(folder: string, files: CifarFiles): Dataset {
  const part = (paths: readonly string[]): Samples | undefined =>
    paths.length === 0 ? undefined : joinSamples(paths.map((path) => openBatch(path, files)));
  const [training, evaluation] = [part(files.training), part(files.evaluation)];
  const names = files.meta === undefined ? undefined : namesOf(files.meta, files);
  const facts = {
    path: folder,
    classes: names ?? numberedClasses(Math.max(classesOf(training), classesOf(evaluation))),
    openEnded: names === undefined,
  };
  if (names) for (const samples of [training, evaluation]) if (samples) requireNames(samples, names, files);
  return datasetOf(facts, { training, evaluation });
}

function openBatch(path: string, { form, labelBytes, labelKey }: CifarFiles): Samples {
  return form === 'binary' ? openBinaryBatch(path, labelBytes) : openPickledBatch(path, labelKey);
}

function namesOf(path: string, { form, metaKey }: CifarFiles): string[] {
  if (form === 'pickle') return pickledNames(path, metaKey);
  const lines = new TextDecoder().decode(wholeFile(path, MAX_NAMES)).split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

function classesOf(samples: Samples | undefined): number {
  return (samples?.labels.reduce((most, label) => Math.max(most, label), 0) ?? 0) + 1;
}

function requireNames(samples: Samples, names: readonly string[], { meta }: CifarFiles): void {
  const odd = samples.labels.findIndex((label) => label >= names.length);
  if (odd < 0) return;
  throw new DataError('a label has no name', {
    ...{ path: meta, where: samples.nameOf(odd), found: `${samples.labels[odd]}` },
    expected: `0 to ${names.length - 1}`,
  });
}
