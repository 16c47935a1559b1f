import { dictPickle, littleEndian, pickle, text } from './pickles';

/** A CIFAR image whose three planes are of these values. */
export function planes(red: number, green: number, blue: number): number[] {
  return [red, green, blue].flatMap((value) => new Array<number>(1024).fill(value));
}

/** A batch in the binary form: labels and planes of each image. */
export function binaryBatch(
  images: ReadonlyArray<readonly [labels: readonly number[], pixels: readonly number[]]>,
): Uint8Array {
  return Uint8Array.from(images.flatMap(([labels, pixels]) => [...labels, ...pixels]));
}

const long = (value: number): Uint8Array => pickle('J', littleEndian(value >>> 0, 4));

/** A list of whole numbers. */
export function listPickle(values: readonly number[]): Uint8Array {
  return pickle('](', ...values.map(long), 'e');
}

interface ArrayParts {
  readonly shape: readonly number[];
  readonly dtype?: string;
  /** Who would make it. */
  readonly maker?: string;
  readonly fortran?: boolean;
  /** Opcodes of the bytes; Python 2's string when absent. */
  readonly content?: Uint8Array;
}

/** An array of bytes as NumPy pickles it. */
export function arrayPickle(
  values: readonly number[],
  {
    shape,
    dtype = 'u1',
    maker = 'numpy.core.multiarray\n_reconstruct',
    fortran = false,
    content,
  }: ArrayParts,
): Uint8Array {
  const bytes = content ?? pickle('T', littleEndian(values.length, 4), Uint8Array.from(values));
  return pickle(
    ...[`c${maker}\n`, '(', 'cnumpy\nndarray\n', '(', long(0), 't', pickle('U', [1], 'b'), 't', 'R'],
    ...['(', long(1), '(', ...shape.map(long), 't'],
    ...['cnumpy\ndtype\n', '(', pickle('U', [dtype.length], dtype), long(0), long(1), 't', 'R'],
    ...[
      '(',
      long(3),
      pickle('U', [1], dtype.endsWith('1') ? '|' : '<'),
      'NNN',
      long(-1),
      long(-1),
      long(0),
      't',
      'b',
    ],
    ...[fortran ? '\x88' : '\x89', bytes, 't', 'b'],
  );
}

/** A whole pickle of a dict. */
export function dictFile(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return pickle('\x80', [2], dictPickle(entries), '.');
}

/** A list of texts. */
export function namesPickle(names: readonly string[]): Uint8Array {
  return pickle('](', ...names.map(text), 'e');
}

/** A batch in Python's form. */
export function pickledBatch(
  images: ReadonlyArray<readonly [label: number, pixels: readonly number[]]>,
  labelKey = 'labels',
): Uint8Array {
  const pixels = images.flatMap(([, planes]) => planes);
  return dictFile({
    batch_label: text('training batch 1 of 5'),
    [labelKey]: listPickle(images.map(([label]) => label)),
    data: arrayPickle(pixels, { shape: [images.length, 3072] }),
    filenames: namesPickle(images.map((_, i) => `${i}.png`)),
  });
}
