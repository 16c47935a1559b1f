import type { ByteSink, ByteSource } from '../../../bytes';
import { ProtoWriter } from '../../../encodings/protobuf/writer';

/** Some bytes of the file to be written, of which the number is known before they are. */
export interface Piece {
  readonly length: number;
  write(sink: ByteSink): void;
}

/** Bytes that are copied at once. */
const CHUNK = 4 * 1024 * 1024;

/** Bytes that are at hand. */
export function bytesPiece(bytes: Uint8Array): Piece {
  return { length: bytes.length, write: (sink) => sink.write(bytes) };
}

/** Bytes of another file, copied as they are. */
export function rangePiece(source: ByteSource, from: number, end: number): Piece {
  return {
    length: end - from,
    write(sink) {
      for (let at = from; at < end; at += CHUNK) sink.write(source.read(at, Math.min(CHUNK, end - at)));
    },
  };
}

/** Pieces one behind the other. */
export function joined(pieces: readonly Piece[]): Piece {
  return {
    length: pieces.reduce((sum, { length }) => sum + length, 0),
    write: (sink) => pieces.forEach((piece) => piece.write(sink)),
  };
}

/** A field that holds a message, a text or bytes. */
export function fieldPiece(number: number, content: Piece): Piece {
  // The tag and the length, as a field of no bytes begins: its last byte is the length.
  const tag = new ProtoWriter().bytes(number, new Uint8Array()).finish().slice(0, -1);
  return joined([bytesPiece(tag), bytesPiece(varint(content.length)), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
