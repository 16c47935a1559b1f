import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';

// Why not a library: protobufjs, @bufbuild/protobuf and pbf all decode a message out of one array that holds the whole
// file. A model may have more bytes than an array can, its weights must stay in the file until they are asked for, and
// what this product does not know of it must be copied byte for byte. So fields are walked in place here, by range, and
// a nested message is gone into only by whoever knows its meaning: depth is bounded by the reader's own code.

/** One field of a message as it lies in the file. */
export interface Field {
  readonly number: number;
  /** 0 a whole number, 1 eight bytes, 2 a length and as many bytes, 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5;
  /** Where the field begins, its tag included. */
  readonly start: number;
  /** Where what it holds begins. */
  readonly from: number;
  readonly end: number;
  /** Of a whole number: as a signed 64-bit number, rounded above 2⁵³; else 0. */
  readonly value: number;
}

/** Bytes read at once: nodes lie close together, and weights between them are jumped over. */
const WINDOW = 32 * 1024;

/** Walks messages of a file. Reads through a window, so small fields cost no read of their own. */
export class WireReader {
  private window: Uint8Array = new Uint8Array();
  private windowStart = 0;

  constructor(readonly source: ByteSource) {}

  /**
   * The fields of the message that lies in a range.
   * @throws CheckpointError where the bytes are not a message, or a length leads out of the range.
   */
  *fields(from: number, end: number): Generator<Field> {
    let at = from;
    while (at < end) {
      const field = this.field(at, end);
      yield field;
      at = field.end;
    }
  }

  bytes(from: number, end: number): Uint8Array {
    const { windowStart, window } = this;
    if (from >= windowStart && end <= windowStart + window.length) {
      return window.subarray(from - windowStart, end - windowStart);
    }
    return this.source.read(from, end - from);
  }

  text({ from, end }: Pick<Field, 'from' | 'end'>): string {
    return new TextDecoder().decode(this.bytes(from, end));
  }

  /** Whole numbers of a repeated field: a packed run, or the one that a field holds. */
  *integers(field: Field): Generator<number> {
    if (field.wire !== 2) {
      yield field.value;
      return;
    }
    for (let at = field.from; at < field.end;) {
      const [value, next] = this.varint(at, field.end);
      yield value;
      at = next;
    }
  }

  private field(start: number, end: number): Field {
    const [tag, from] = this.varint(start, end);
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number < 1) throw this.bad('a field has no number', start);
    switch (wire) {
      case 0: {
        const [value, next] = this.varint(from, end);
        return { number, wire, start, from, end: next, value };
      }
      case 1:
      case 5: {
        const next = from + (wire === 1 ? 8 : 4);
        if (next > end) throw this.bad('a number is cut off', start);
        return { number, wire, start, from, end: next, value: 0 };
      }
      case 2: {
        const [length, begin] = this.varint(from, end);
        if (length < 0 || length > end - begin) {
          throw this.bad(
            'a length leads out of its message',
            start,
            `${length} bytes`,
            `at most ${end - begin} bytes`,
          );
        }
        return { number, wire, start, from: begin, end: begin + length, value: 0 };
      }
      default:
        throw this.bad('a field is of a kind that protocol buffers do not have', start, `${wire}`);
    }
  }

  /** @returns the number and where it ends */
  private varint(start: number, end: number): readonly [number, number] {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (start + i >= end) throw this.bad('a number is cut off', start);
      const byte = this.byte(start + i);
      const bits = byte & 127;
      if (i < 4) low += bits * 2 ** (7 * i);
      else if (i === 4) {
        low += (bits & 15) * 2 ** 28;
        high = bits >> 4;
      } else high += bits * 2 ** (7 * i - 32);
      if (byte < 128) return [(high | 0) * 2 ** 32 + low, start + i + 1];
    }
    throw this.bad('a number has more than ten bytes', start);
  }

  private byte(at: number): number {
    if (at < this.windowStart || at >= this.windowStart + this.window.length) {
      this.window = this.source.read(at, Math.min(WINDOW, this.source.size - at));
      this.windowStart = at;
    }
    const byte = this.window[at - this.windowStart];
    if (byte === undefined) throw this.bad('the file ends too early', at);
    return byte;
  }

  private bad(summary: string, at: number, found?: string, expected?: string): CheckpointError {
    return new CheckpointError(summary, { path: this.source.path, where: `byte ${at}`, found, expected });
  }
}
