/** Numbers as people read them, in the editor's language. Missing is an en dash, never 0. */

const MINUS = '\u2212';
const MISSING = '–';

export interface Format {
  /** Grouped integer. */
  count(value: number | null): string;
  /** How many of what, for nouns whose plural ends in `s`: `1 image`. */
  counted(value: number, noun: string): string;
  /** Fixed decimals. */
  fixed(value: number | null, digits: number): string;
  /** Fixed decimals with + or −; `compact` leaves out a leading zero. */
  signed(value: number | null, digits: number, compact?: boolean): string;
  /** `1.08×`. */
  ratio(value: number | null): string;
  /** Three significant digits with M or G. */
  macs(value: number | null): string;
  /** Millions with one decimal, for a column whose head says M. */
  millions(value: number | null): string;
  /** B, KiB, MiB or GiB. */
  bytes(value: number): string;
  /** `2 s`, `4 min`, `1 h 5 min`. */
  duration(seconds: number): string;
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

function scaled(value: number, write: Write): string {
  const digits = { maximumSignificantDigits: 3, minimumSignificantDigits: 3 };
  if (value >= 0.9995e9) return `${write(value / 1e9, digits)} G`;
  if (value >= 1e4) return `${write(value / 1e6, digits)} M`;
  return write(value, { maximumFractionDigits: 0 });
}

function bytes(value: number, write: Write): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${write(value / 1024 ** step, decimals(step === 0 ? 0 : 1))} ${units[step] ?? 'B'}`;
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
