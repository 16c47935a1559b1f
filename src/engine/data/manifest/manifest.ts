import path from 'node:path';
import { DataError } from '../../../core/errors';
import type { Dataset, Samples } from '../dataset';
import { decodeFile } from '../decoding/threads';
import { entriesOf, kindAt } from '../entries';
import { dataFile, shown, wholeFile } from '../file';
import { datasetOf, PART_NAMES, partNamed, unusedTest, type PartName } from '../parts';
import { COLUMNS_EXPECTED, columnsOf, IMAGE_NAME, type Columns } from './columns';
import { classesOf } from './labels';
import { recordsOf, separatorOf, type TableRecord } from './records';

/** Larger tables are refused: they are taken into memory whole. Five million lines fit. */
const MAX_BYTES = 256 * 1024 * 1024;

/** A line that names an image. */
interface Row {
  readonly line: number;
  /** Absolute. */
  readonly file: string;
  readonly label: string;
  readonly part: PartName | undefined;
}

/** True for the name of a table of images. */
export function isManifestName(name: string): boolean {
  return /\.(csv|tsv)$/i.test(name);
}

/**
 * A table of images: a line each, with the path (relative to the table, or absolute), the label (a name, or a number
 * from 0) and perhaps the part.
 * @param images a folder where the images lie if they are not found beside the table
 * @throws DataError with the line at which something is wrong.
 */
export function openManifest(file: string, images?: string): Dataset {
  const records = recordsIn(file, textOf(file));
  const header = records.next().value;
  const columns = header && columnsOf(header, file);
  if (!columns) throw notATable(file, header);
  const rows = rowsOf([...(columns.hasHeader ? [] : [header]), ...records], columns, { file, images });
  const { classes, numbered, labels } = classesOf(rows, file);
  requireOneLabel(rows, labels, file);
  const samples = (name: PartName | undefined): Samples | undefined => {
    const places = rows.flatMap(({ part }, i) => (part === name ? [i] : []));
    return places.length === 0 ? undefined : samplesFrom(rows, labels, places);
  };
  const [validation, test] = [samples('validation'), samples('test')];
  const facts = {
    path: file,
    base: path.resolve(path.dirname(file)),
    classes,
    openEnded: numbered,
    notes: validation && test ? [unusedTest(test.count)] : [],
  };
  // Without a column for the part every line has none.
  const training = samples(columns.split === undefined ? undefined : 'training');
  return datasetOf(facts, { training, evaluation: validation ?? test });
}

/** The table in a folder, and where its images may lie. */
interface FolderManifest {
  readonly file: string;
  readonly images: string | undefined;
}

/**
 * The only table in a folder, where it is one of images and no class folders are beside it: one folder may, of the
 * images.
 */
export function manifestIn(folder: string): FolderManifest | undefined {
  const entries = entriesOf(folder).filter(({ name }) => !name.startsWith('.'));
  const tables = entries.filter((entry) => isManifestName(entry.name) && !entry.isDirectory());
  const folders = entries.filter(
    (entry) =>
      entry.isDirectory() || (entry.isSymbolicLink() && kindAt(path.join(folder, entry.name)) === 'folder'),
  );
  if (tables.length !== 1 || folders.length > 1) return undefined;
  const file = path.join(folder, tables[0].name);
  if (!looksLikeManifest(file)) return undefined;
  return { file, images: folders.length > 0 ? path.join(folder, folders[0].name) : undefined };
}

/** Enough of a file for its first line. */
const HEAD_BYTES = 65_536;

/** Judged by the first line; what is wrong with the others is reported when the table is read. */
function looksLikeManifest(file: string): boolean {
  try {
    const source = dataFile(file);
    const head = new TextDecoder().decode(source.read(0, Math.min(source.size, HEAD_BYTES)));
    const first = recordsIn(file, head).next().value;
    return first !== undefined && columnsOf(first, file) !== undefined;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

function recordsIn(file: string, text: string): Generator<TableRecord, undefined> {
  return recordsOf(text, /\.tsv$/i.test(file) ? '\t' : separatorOf(text, [',', ';', '\t']), file);
}

function textOf(file: string): string {
  const bytes = wholeFile(file, MAX_BYTES);
  try {
    // A mark of the encoding at the start is left out.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError('the table is not text in UTF-8', { path: file });
  }
}

function notATable(file: string, header: TableRecord | undefined): DataError {
  return new DataError('the table does not say which column is the image and which the label', {
    path: file,
    where: 'line 1',
    found: header ? shown(header.fields.join(', ')) : 'nothing',
    expected: COLUMNS_EXPECTED,
  });
}

function rowsOf(
  records: readonly TableRecord[],
  columns: Columns,
  { file, images }: { readonly file: string; readonly images: string | undefined },
): Row[] {
  if (records.length === 0) throw new DataError('the table names no images', { path: file });
  const beside = path.dirname(file);
  const first = records[0].fields[columns.image]?.trim() ?? '';
  const base = images === undefined || kindAt(path.resolve(beside, first)) === 'file' ? beside : images;
  return records.map((record) => rowOf(record, columns, file, base));
}

/** The same image may be named twice, with one class: numbers have several spellings. */
function requireOneLabel(rows: readonly Row[], labels: Int32Array, file: string): void {
  const known = new Map<string, number>();
  rows.forEach((row, i) => {
    const first = known.get(row.file) ?? i;
    known.set(row.file, first);
    if (labels[first] === labels[i]) return;
    const found = `${rows[first].label} in line ${rows[first].line}, ${row.label}`;
    throw fault(file, row.line, 'an image has two labels', found);
  });
}

function rowOf({ line, fields }: TableRecord, columns: Columns, file: string, base: string): Row {
  if (fields.length !== columns.width) {
    throw fault(file, line, 'a line has another number of columns', `${fields.length}`, `${columns.width}`);
  }
  const label = fields[columns.label].trim();
  if (label === '') throw fault(file, line, 'an image has no label');
  const name = fields[columns.image].trim();
  return { line, label, file: imageFile(name, line, file, base), part: partOf(fields, columns, line, file) };
}

function partOf(
  fields: readonly string[],
  { split }: Columns,
  line: number,
  file: string,
): PartName | undefined {
  if (split === undefined) return undefined;
  const part = partNamed(fields[split].trim());
  if (part === undefined)
    throw fault(file, line, 'an image is of no known part', fields[split].trim() || 'nothing', PART_NAMES);
  return part;
}

/** URLs, drives of more than a letter, and shares of other machines: reading them would open a connection. */
const ELSEWHERE = /^([a-z][a-z0-9+.-]+:|[\\/]{2})/i;

/**
 * The file that a line names. It may lie anywhere on this machine: the user has named the table, and what is not an image is
 * shown to nobody.
 */
function imageFile(name: string, line: number, file: string, base: string): string {
  if (ELSEWHERE.test(name)) {
    throw fault(
      file,
      line,
      'an image is not on this machine',
      name,
      'a path relative to the table, or absolute',
    );
  }
  if (!IMAGE_NAME.test(name) || name.includes('\0')) {
    throw fault(file, line, 'this names no image', name || 'nothing', '.png, .jpg, .jpeg');
  }
  const found = spellings(name)
    .map((spelling) => path.resolve(base, spelling))
    .find((file) => kindAt(file) === 'file');
  if (found === undefined) throw fault(file, line, 'the image is not there', path.resolve(base, name));
  return found;
}

/** A table from Windows has backslashes; elsewhere they may be part of a name. */
function spellings(name: string): string[] {
  return name.includes('\\') ? [name, name.replaceAll('\\', '/')] : [name];
}

function fault(path: string, line: number, summary: string, found?: string, expected?: string): DataError {
  const short = (text: string | undefined): string | undefined => text && shown(text);
  return new DataError(summary, {
    path,
    where: `line ${line}`,
    found: short(found),
    expected: short(expected),
  });
}

function samplesFrom(rows: readonly Row[], labels: Int32Array, places: readonly number[]): Samples {
  const nameOf = (index: number): string => rows[places[index]].file;
  return {
    count: places.length,
    labels: Int32Array.from(places, (place) => labels[place]),
    nameOf,
    inFiles: true,
    picture: (index) => decodeFile(nameOf(index)),
  };
}
