import type { Matrix } from './matrix';

const grouped = new Intl.NumberFormat('en');

/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return grouped.format(value);
}

/** How many of what: `1 epoch`, `1,234 images`. @param noun one whose plural ends in `s` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Multiply–accumulates with three digits: `12.3 M`; a dash when unknown. */
export function macs(value: number | null): string {
  if (value === null) return '–';
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  }
  return String(value);
}

/** Bytes in binary units: `3.3 MiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${size} B` : `${size.toFixed(1)} ${units[unit]}`;
}

/** `3×3`. */
export function pair([height, width]: readonly [number | null, number | null]): string {
  return `${height ?? '?'}×${width ?? '?'}`;
}

/** A percentage with two decimals and its unit. */
export function percent(value: number): string {
  return `${value.toFixed(2)} %`;
}

/** Signed, with the true minus sign. */
export function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** A tiny or huge number: `2.1e-7`, and 0 as `0`. */
export function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

/** Rows of a matrix, columns aligned. */
export function matrixLines(matrix: Matrix, format: (value: number) => string): string[] {
  const cells = matrix.map((row) => row.map(format));
  const width = Math.max(...cells.flat().map((cell) => cell.length));
  return cells.map((row) => row.map((cell) => cell.padStart(width)).join('  '));
}

/** a − b, position by position. */
export function difference(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((value, j) => value - b[i][j]));
}
