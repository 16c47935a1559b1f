import { item } from '../../item';
import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';

/** Read at once: pickles are many small pieces. */
const WINDOW = 64 * 1024;
/** Longest line of the text opcodes: numbers and names. */
const MAX_LINE = 10_000;

/** Reads a file from front to back in small pieces. */
export class Cursor {
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  constructor(
    private readonly source: ByteSource,
    /** Where the next byte comes from. */
    public at: number,
    /** No byte at or behind this one is read. */
    private readonly end: number,
    /** What errors call the place. */
    private readonly where: string,
  ) {}

  byte(): number {
    return item(this.bytes(1), 0);
  }

  /** @throws CheckpointError if there are not that many; then nothing was allocated. */
  bytes(length: number): Uint8Array {
    if (length > this.end - this.at)
      throw this.error('the pickle is cut short', `${this.end - this.at} of ${length} bytes`);
    const start = this.at - this.windowStart;
    if (start < 0 || start + length > this.window.length) {
      const size = Math.min(Math.max(length, WINDOW), this.end - this.at);
      this.window = this.source.read(this.at, size);
      this.windowStart = this.at;
      this.at += length;
      return this.window.subarray(0, length);
    }
    this.at += length;
    return this.window.subarray(start, start + length);
  }

  view(length: number): DataView {
    const bytes = this.bytes(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  /** Text up to the next line feed, which is taken too. */
  line(encoding: 'utf-8' | 'latin1' = 'utf-8'): string {
    const codes: number[] = [];
    for (let byte = this.byte(); byte !== 0x0a; byte = this.byte()) {
      codes.push(byte);
      if (codes.length > MAX_LINE) throw this.error('a line of the pickle is too long', `over ${MAX_LINE}`);
    }
    return encoding === 'latin1'
      ? codes.map((code) => String.fromCharCode(code)).join('')
      : new TextDecoder().decode(Uint8Array.from(codes));
  }

  error(summary: string, found?: string, expected?: string): CheckpointError {
    const where = `${this.where}, byte ${this.at}`;
    return new CheckpointError(summary, {
      path: this.source.path,
      where,
      found: found?.replace(/\p{Cc}/gu, '?').slice(0, 200),
      expected,
    });
  }
}
