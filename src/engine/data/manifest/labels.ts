import { DataError } from '../../../core/errors';
import { shown } from '../file';
import { MAX_CLASSES, numberedClasses } from '../parts';

interface Labelled {
  readonly line: number;
  readonly label: string;
}

/** What the labels of a table come to. */
interface Classes {
  readonly classes: readonly string[];
  /** True where the labels are the network's outputs by number. */
  readonly numbered: boolean;
  /** Class index of each row. */
  readonly labels: Int32Array;
}

/** Some tools write whole numbers as fractions. */
const WHOLE = /^\d+(\.0+)?$/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Classes by name, sorted; or by number from 0 where every label is a number.
 * @throws DataError for numbers that are not classes
 */
export function classesOf(rows: readonly Labelled[], path: string): Classes {
  if (rows.every(({ label }) => NUMBER.test(label))) return numbered(rows, path);
  const classes = [...new Set(rows.map(({ label }) => label))].sort();
  const indices = new Map(classes.map((name, index) => [name, index]));
  return { classes, numbered: false, labels: Int32Array.from(rows, ({ label }) => indices.get(label) ?? 0) };
}

function numbered(rows: readonly Labelled[], path: string): Classes {
  const odd = rows.find(({ label }) => !WHOLE.test(label) || Number(label) >= MAX_CLASSES);
  if (odd) {
    throw new DataError('a label is a number but not a class', {
      path,
      where: `line ${odd.line}`,
      found: shown(odd.label),
      expected: `whole numbers from 0 to ${MAX_CLASSES - 1}, or names`,
    });
  }
  const labels = Int32Array.from(rows, ({ label }) => Number(label));
  const count = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  return { classes: numberedClasses(count), numbered: true, labels };
}
