/** Numbers as people read them, in a language of theirs. Missing is an en dash, never 0. */

const MINUS = '\u2212';
const MISSING = '–';

/** How each kind of number is written in one language; null, and what is not finite, as an en dash. */
export interface Format {
  /** Grouped integer. */
  readonly count: (value: number | null) => string;
  /** How many of what, for nouns whose plural ends in `s`: `1 image`. */
  readonly counted: (value: number, noun: string) => string;
  /** Fixed decimals. */
  readonly fixed: (value: number | null, digits: number) => string;
  /** Fixed decimals with + or −; `compact` leaves out a leading zero. */
  readonly signed: (value: number | null, digits: number, compact?: boolean) => string;
  /** `1.08×`. */
  readonly ratio: (value: number | null) => string;
  /** `2.1e−7`, of tiny and of huge numbers; 0 as `0`. `digits` follow the point: one where nothing else is asked for. */
  readonly scientific: (value: number | null, digits?: number) => string;
  /** Three significant digits with k, M, G or T: `26.1 k`. */
  readonly macs: (value: number | null) => string;
  /** Millions with one decimal, for a column whose head says M. */
  readonly millions: (value: number | null) => string;
  /** B, KiB, MiB, GiB or TiB: `3.3 MiB`. */
  readonly bytes: (value: number) => string;
  /** `2 s`, `4 min`, `1 h 5 min`. */
  readonly duration: (seconds: number) => string;
}

/** @param locale BCP 47 tag; a malformed one falls back to English. */
export function createFormat(locale: string): Format {
  const write = writer(usable(locale));
  const count = (value: number | null) => write(value, { maximumFractionDigits: 0 });
  const fixed = (value: number | null, digits: number) => write(value, decimals(digits));
  return {
    count,
    counted: (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`,
    fixed,
    signed: (value, digits, compact) =>
      write(value, { ...decimals(digits), signDisplay: 'exceptZero' }, compact ?? false),
    ratio: (value) => (isNumber(value) ? `${fixed(value, 2)}×` : MISSING),
    scientific: (value, digits = 1) => (isNumber(value) ? scientific(value, digits) : MISSING),
    macs: (value) => (isNumber(value) ? scaled(value, write) : MISSING),
    millions: (value) => (isNumber(value) ? fixed(value / 1e6, value < 5e4 ? 3 : 1) : MISSING),
    bytes: (value) => bytes(value, write),
    duration: (seconds) => duration(seconds, count),
  };
}

type Write = (value: number | null, options: Intl.NumberFormatOptions, dropZero?: boolean) => string;

function writer(locale: string): Write {
  const cache = new Map<string, Intl.NumberFormat>();
  return (value, options, dropZero = false) => {
    if (!isNumber(value)) return MISSING;
    const key = JSON.stringify(options);
    const format = cache.get(key) ?? new Intl.NumberFormat(locale, options);
    cache.set(key, format);
    return format
      .formatToParts(value)
      .map((part) => {
        if (part.type === 'minusSign') return MINUS;
        return dropZero && part.type === 'integer' && part.value === '0' ? '' : part.value;
      })
      .join('');
  };
}

/** With the exponent of programs, which are all written with a point. */
function scientific(value: number, digits: number): string {
  if (value === 0) return '0';
  return value.toExponential(digits).replaceAll('-', MINUS).replace('e+', 'e');
}

/** `unit` from a value on that would be written with a thousand of the one before. */
const UNITS: ReadonlyArray<readonly [unit: string, size: number]> = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['k', 1e3],
];

function scaled(value: number, write: Write): string {
  const digits = { maximumSignificantDigits: 3, minimumSignificantDigits: 3 };
  const [unit, size] = UNITS.find(([, least]) => value >= 0.9995 * least) ?? ['', 1];
  return size === 1 || value < 1e3
    ? write(value, { maximumFractionDigits: 0 })
    : `${write(value / size, digits)} ${unit}`;
}

function bytes(value: number, write: Write): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  if (value < 1024) return `${write(value, decimals(0))} B`;
  // 1023.95 KiB would be written as 1024.0 KiB.
  const step = units.findIndex((_, index) => value < 1023.95 * 1024 ** (index + 1));
  const index = step < 0 ? units.length - 1 : step;
  return `${write(value / 1024 ** (index + 1), decimals(1))} ${units[index] ?? ''}`;
}

function duration(seconds: number, count: (value: number) => string): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${count(whole)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${count(minutes)} min`;
  return `${count(Math.floor(minutes / 60))} h ${count(minutes % 60)} min`;
}

function decimals(digits: number): Intl.NumberFormatOptions {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

function usable(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
