import { DataError } from '../../../core/errors';
import { shown } from '../file';
import type { TableRecord } from './records';

/** Places of the columns that are used. */
export interface Columns {
  readonly image: number;
  readonly label: number;
  readonly split?: number;
  /** All columns, the others too. */
  readonly width: number;
  /** False where the first line is an image already. */
  readonly hasHeader: boolean;
}

const NAMES = {
  image: ['path', 'file', 'filename', 'image', 'filepath', 'file_name', 'file_path', 'image_path'],
  label: ['label', 'class', 'target'],
  split: ['split', 'subset'],
} as const;

/** The sentence for when they are not found. */
export const COLUMNS_EXPECTED = `a header with ${NAMES.image.slice(0, 4).join('|')} and ${NAMES.label.join('|')}, perhaps ${NAMES.split.join('|')}`;

/** Names of files that are images. */
export const IMAGE_NAME = /\.(png|jpe?g)$/i;

/**
 * Finds the columns by the names in the first line, in any case. Without such names two columns are plain enough
 * where one of them names an image.
 * @returns undefined when the table is not one of images
 * @throws DataError where two columns have names for the same
 */
export function columnsOf({ fields }: TableRecord, path: string): Columns | undefined {
  const names = fields.map((name) => name.trim().toLowerCase());
  const image = only('image', names, path);
  const label = only('label', names, path);
  if (image !== undefined && label !== undefined) {
    return { image, label, split: only('split', names, path), width: fields.length, hasHeader: true };
  }
  const images = fields.flatMap((field, place) => (IMAGE_NAME.test(field.trim()) ? [place] : []));
  if (fields.length !== 2 || images.length !== 1) return undefined;
  return { image: images[0], label: 1 - images[0], width: 2, hasHeader: false };
}

function only(kind: keyof typeof NAMES, names: readonly string[], path: string): number | undefined {
  const known: readonly string[] = NAMES[kind];
  const places = names.flatMap((name, place) => (known.includes(name) ? [place] : []));
  if (places.length < 2) return places[0];
  throw new DataError(`two columns could be the ${kind}`, {
    path,
    where: 'line 1',
    found: shown(places.map((place) => names[place]).join(' and ')),
    expected: 'one of them',
  });
}
