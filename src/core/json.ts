import { CheckpointError, type ErrorDetail } from './errors';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Deepest nesting that is read: no model configuration comes near, a hostile one exhausts the stack. */
const MAX_DEPTH = 200;

/**
 * Numbers whose text JavaScript would not write again (`0.0`, `1e-07`, `NaN`), by the object or list they
 * stand in: Python tells 0.0 from 0, so what is not rewritten keeps its text.
 */
const spelled = new WeakMap<object, Map<string, string>>();

/**
 * Parses JSON from a file, Python's `NaN` and `Infinity` included.
 * @throws CheckpointError if it is malformed or nested deeper than any model is.
 */
export function parseJson(text: string, detail: ErrorDetail): Json {
  return new Parser(text, detail).whole();
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
    const { value } = this.value(0);
    this.take(SPACE);
    if (this.at < this.text.length) throw this.malformed();
    return value;
  }

  /** A value, and the text of a number that JavaScript would spell otherwise. */
  private value(depth: number): { value: Json; text?: string } {
    if (depth > MAX_DEPTH) {
      throw new CheckpointError('JSON is nested too deeply', {
        ...this.detail,
        allowed: `${MAX_DEPTH} levels`,
      });
    }
    this.take(SPACE);
    const first = this.text[this.at];
    if (first === '{') return { value: this.object(depth) };
    if (first === '[') return { value: this.list(depth) };
    if (first === '"') return { value: this.string() };
    const word = this.take(WORD);
    if (word) return { value: JSON.parse(word) as Json };
    const text = this.take(NUMBER);
    if (!text) throw this.malformed();
    const value = Number(text);
    return String(value) === text ? { value } : { value, text };
  }

  private object(depth: number): JsonObject {
    const entries: [string, Json][] = [];
    const texts = new Map<string, string>();
    this.items('}', () => {
      this.take(SPACE);
      const key = this.string();
      this.take(SPACE);
      this.expect(':');
      const { value, text } = this.value(depth + 1);
      if (text !== undefined) texts.set(key, text);
      entries.push([key, value]);
    });
    // Own properties whatever their names: a key called __proto__ is a key.
    return withTexts(Object.fromEntries(entries), texts);
  }

  private list(depth: number): readonly Json[] {
    const list: Json[] = [];
    const texts = new Map<string, string>();
    this.items(']', () => {
      const { value, text } = this.value(depth + 1);
      if (text !== undefined) texts.set(String(list.length), text);
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

function withTexts<T extends object>(value: T, texts: Map<string, string>): T {
  if (texts.size > 0) spelled.set(value, texts);
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
