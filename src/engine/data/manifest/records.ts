import { DataError } from '../../../core/errors';

/** One record of a table in text. */
export interface TableRecord {
  /** Of its first character, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A longer field is refused: no path is. */
const MAX_FIELD = 16_384;

/** A line with more fields is refused: a table of images has three columns, and some that are of no interest. */
const MAX_FIELDS = 10_000;

/** What may end a field that has no quotes. */
type Separator = ',' | ';' | '\t';

/**
 * Records of comma-separated values (RFC 4180), one after the other: fields in quotes may hold separators, line breaks
 * and doubled quotes. Lines end in LF or CRLF; those with nothing in them are
 * skipped, as the separators that spreadsheets leave below a table.
 * @throws DataError naming the line of an open quote, or of one in the middle of a field.
 */
export function* recordsOf(
  text: string,
  separator: Separator,
  path: string,
): Generator<TableRecord, undefined> {
  const scanner = new Scanner(text, separator, path);
  while (!scanner.atEnd) {
    const { line } = scanner;
    const fields = scanner.record();
    if (fields.some((field) => field.trim() !== '')) yield { line, fields };
  }
}

/** The separator that the first line has most of; of equally many the first. */
export function separatorOf(text: string, candidates: readonly Separator[]): Separator {
  const end = text.indexOf('\n');
  const first = (end < 0 ? text : text.slice(0, end)).slice(0, MAX_FIELD);
  const count = (separator: string): number => first.split(separator).length;
  return candidates.reduce((best, next) => (count(next) > count(best) ? next : best));
}

class Scanner {
  line = 1;
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly separator: Separator,
    private readonly path: string,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Takes the line break after it too. */
  record(): string[] {
    const fields: string[] = [];
    for (;;) {
      if (fields.length === MAX_FIELDS) {
        throw this.error('a line has too many fields', this.line, undefined, `at most ${MAX_FIELDS}`);
      }
      fields.push(this.text[this.at] === '"' ? this.quoted() : this.plain());
      if (this.text[this.at] !== this.separator) break;
      this.at++;
    }
    if (this.text[this.at] === '\r') this.at++;
    this.at++;
    this.line++;
    return fields;
  }

  private plain(): string {
    const start = this.at;
    while (!this.isEnd()) {
      if (this.text[this.at] === '"')
        throw this.error('a quote stands in a field that does not begin with one');
      this.at++;
    }
    return this.cut(start, this.at);
  }

  private quoted(): string {
    const { line } = this;
    const start = ++this.at;
    for (;;) {
      const close = this.text.indexOf('"', this.at);
      if (close < 0) throw this.error('a quote is never closed', line);
      this.at = close + 1;
      if (this.text[this.at] !== '"') break;
      this.at++;
    }
    const field = this.cut(start, this.at - 1);
    this.line += field.split('\n').length - 1;
    if (!this.isEnd()) throw this.error('text follows a closing quote');
    return field.replaceAll('""', '"');
  }

  /** A carriage return belongs to the line break after it, and is a character otherwise. */
  private isEnd(): boolean {
    const { text, at } = this;
    const character = text[at];
    if (at >= text.length || character === this.separator || character === '\n') return true;
    return character === '\r' && (at + 1 >= text.length || text[at + 1] === '\n');
  }

  private cut(start: number, end: number): string {
    if (end - start > MAX_FIELD) {
      throw this.error(
        'a field is too long',
        this.line,
        `${end - start} characters`,
        `at most ${MAX_FIELD} characters`,
      );
    }
    return this.text.slice(start, end);
  }

  private error(summary: string, line = this.line, found?: string, expected?: string): DataError {
    return new DataError(summary, { path: this.path, where: `line ${line}`, found, expected });
  }
}
