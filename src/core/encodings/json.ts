import { CheckpointError, type ErrorDetail } from '../errors';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object; a member may be missing. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Deepest nesting that is read: no model configuration comes near, a hostile one exhausts the stack. */
const MAX_DEPTH = 200;

/** Characters of one text: the largest configurations of models are some tens of megabytes. */
export const MAX_JSON = 48 * 1024 * 1024;

/** Values of one text: each takes a hundred times as much memory as the two characters that it may have. 150,000 tensors fit. */
const MAX_VALUES = 2_000_000;

/**
 * Numbers whose text JavaScript would not write again (`0.0`, `1e-07`, `NaN`), by the object or list they
 * stand in: Python tells 0.0 from 0, so what is not rewritten keeps its text.
 */
const spelled = new WeakMap<object, Map<string, string>>();

/**
 * Parses JSON from a file, Python's `NaN` and `Infinity` included.
 * @throws CheckpointError if it is malformed, larger or nested deeper than any model is.
 */
export function parseJson(text: string, detail: ErrorDetail): Json {
  requireModest(text, detail);
  return new Parser(text, detail).whole();
}

/**
 * Parses JSON in which only values count, not how numbers are spelled; some times as fast.
 * @throws CheckpointError as `parseJson` does; SyntaxError if it is malformed.
 */
export function parsePlainJson(text: string, detail: ErrorDetail): unknown {
  requireModest(text, detail);
  return JSON.parse(text);
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPEN: readonly number[] = [0x5b, 0x7b];
const CLOSE: readonly number[] = [0x5d, 0x7d];

/** Bounds depth, length and the number of values before any is made. */
function requireModest(text: string, detail: ErrorDetail): void {
  const refusal = (summary: string, expected: string): CheckpointError =>
    new CheckpointError(summary, { ...detail, expected });
  if (text.length > MAX_JSON) throw refusal('JSON is too long', `at most ${MAX_JSON} characters`);
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values++;
    else if (OPEN.includes(code)) {
      values++;
      if (++depth > MAX_DEPTH) throw refusal('JSON is nested too deeply', `at most ${MAX_DEPTH} levels`);
    } else if (CLOSE.includes(code)) depth--;
    if (values > MAX_VALUES) throw refusal('JSON has too many values', `at most ${MAX_VALUES}`);
  }
}

/** Where the closing quote is, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

/** JSON text of a value; numbers in parts that came from `parseJson` unchanged keep their spelling. */
export function writeJson(value: Json): string {
  if (isArray(value)) {
    const items = value.map((item, i) => spelling(value, String(i), item) ?? writeJson(item));
    return `[${items.join(', ')}]`;
  }
  if (!isObject(value)) return typeof value === 'number' ? writeNumber(value) : JSON.stringify(value);
  const items = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [`${JSON.stringify(key)}: ${spelling(value, key, item) ?? writeJson(item)}`],
  );
  return `{${items.join(', ')}}`;
}

function writeNumber(value: number): string {
  return Number.isFinite(value) ? JSON.stringify(value) : String(value);
}

function spelling(parent: object, key: string, value: Json): string | undefined {
  if (typeof value !== 'number') return undefined;
  const text = spelled.get(parent)?.get(key);
  return text !== undefined && Object.is(Number(text), value) ? text : undefined;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|NaN/y;
const WORD = /true|false|null/y;

class Parser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly detail: ErrorDetail,
  ) {}

  whole(): Json {
    const { value } = this.value();
    this.take(SPACE);
    if (this.at < this.text.length) throw this.malformed();
    return value;
  }

  /** A value, and the text of a number that JavaScript would spell otherwise. */
  private value(): { value: Json; text?: string } {
    this.take(SPACE);
    const first = this.text[this.at];
    if (first === '{') return { value: this.object() };
    if (first === '[') return { value: this.list() };
    if (first === '"') return { value: this.string() };
    const word = this.take(WORD);
    if (word) return { value: JSON.parse(word) as Json };
    const text = this.take(NUMBER);
    if (!text) throw this.malformed();
    const value = Number(text);
    return String(value) === text ? { value } : { value, text };
  }

  private object(): JsonObject {
    const entries: [string, Json][] = [];
    let texts: Map<string, string> | undefined;
    this.items('}', () => {
      this.take(SPACE);
      const key = this.string();
      this.take(SPACE);
      this.expect(':');
      const { value, text } = this.value();
      if (text !== undefined) (texts ??= new Map()).set(key, text);
      entries.push([key, value]);
    });
    // Own properties whatever their names: a key called __proto__ is a key.
    return withTexts(Object.fromEntries(entries), texts);
  }

  private list(): readonly Json[] {
    const list: Json[] = [];
    let texts: Map<string, string> | undefined;
    this.items(']', () => {
      const { value, text } = this.value();
      if (text !== undefined) (texts ??= new Map()).set(String(list.length), text);
      list.push(value);
    });
    return withTexts(list, texts);
  }

  /** Items between an opening bracket and `close`. */
  private items(close: string, item: () => void): void {
    this.at += 1;
    this.take(SPACE);
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      item();
      this.take(SPACE);
      if (this.text[this.at] !== ',') break;
      this.at += 1;
    }
    this.expect(close);
  }

  /** Scanned by hand: a regular expression runs out of stack on texts of megabytes. */
  private string(): string {
    const { text, at } = this;
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    if (text[at] !== '"' || end >= text.length) throw this.malformed();
    try {
      const value = JSON.parse(text.slice(at, end + 1)) as string;
      this.at = end + 1;
      return value;
    } catch {
      throw this.malformed();
    }
  }

  private expect(character: string): void {
    if (this.text[this.at] !== character) throw this.malformed();
    this.at += 1;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private malformed(): CheckpointError {
    const found = this.at < this.text.length ? `"${this.text.slice(this.at, this.at + 10)}"` : 'its end';
    return new CheckpointError('malformed JSON', {
      ...this.detail,
      found: `${found} at character ${this.at}`,
    });
  }
}

function withTexts<T extends object>(value: T, texts: Map<string, string> | undefined): T {
  if (texts) spelled.set(value, texts);
  return value;
}

/** True for a JSON object (not an array, not null). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
