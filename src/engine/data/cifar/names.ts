import path from 'node:path';
import { kindAt, namesIn } from '../entries';

/** The files of CIFAR-10 or CIFAR-100 in a folder. */
export interface CifarFiles {
  readonly form: 'binary' | 'pickle';
  /** Labels that stand before each image in the binary form: the last is the one that counts. */
  readonly labelBytes: 1 | 2;
  /** Key of the labels in a pickle. */
  readonly labelKey: string;
  readonly training: readonly string[];
  readonly evaluation: readonly string[];
  /** File with the names of the classes. */
  readonly meta?: string;
  /** Their key in a pickle. */
  readonly metaKey: string;
}

const TEN = { labelBytes: 1, labelKey: 'labels', metaKey: 'label_names' } as const;
const HUNDRED = { labelBytes: 2, labelKey: 'fine_labels', metaKey: 'fine_label_names' } as const;

/** Finds them by their names. Where they lie in both forms the binary one is taken. */
export function cifarFiles(folder: string): CifarFiles | undefined {
  const names = namesIn(folder);
  const files = (pattern: RegExp): string[] =>
    names
      .filter((name) => pattern.test(name) && kindAt(path.join(folder, name)) === 'file')
      .sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
      .map((name) => path.join(folder, name));
  const found = (
    facts: Pick<CifarFiles, 'form' | 'labelBytes' | 'labelKey' | 'metaKey'>,
    [training, evaluation, meta]: readonly [RegExp, RegExp, RegExp],
  ): CifarFiles => ({
    ...facts,
    training: files(training),
    evaluation: files(evaluation),
    meta: files(meta)[0],
  });
  const ten = [
    found({ form: 'binary', ...TEN }, [
      /^data_batch_\d{1,3}\.bin$/,
      /^test_batch\.bin$/,
      /^batches\.meta\.txt$/,
    ]),
    found({ form: 'pickle', ...TEN }, [/^data_batch_\d{1,3}$/, /^test_batch$/, /^batches\.meta$/]),
  ];
  // Their names are of every day: both must be there, or the one with the names of classes.
  const hundred = [
    found({ form: 'binary', ...HUNDRED }, [/^train\.bin$/, /^test\.bin$/, /^fine_label_names\.txt$/]),
    found({ form: 'pickle', ...HUNDRED }, [/^train$/, /^test$/, /^meta$/]),
  ].filter(({ form, training, evaluation, meta }) =>
    form === 'binary' ? meta !== undefined || training.length + evaluation.length > 1 : meta !== undefined,
  );
  return [...ten, ...hundred].find(({ training, evaluation }) => training.length + evaluation.length > 0);
}
