import type { ByteSink } from '../../../bytes';
import { UnsupportedError } from '../../../errors';
import { siblingStem } from '../../../sibling-name';
import { BYTES } from '../../../tensor/dtype';
import { sizeOf } from '../../../tensor/tensor';
import { ProtoWriter } from '../../../encodings/protobuf/writer';
import type { TensorData } from '../proto/data';
import { GRAPH } from '../proto/model';
import { dataTypeOf, type TensorProto } from '../proto/tensor';
import { bytesPiece, fieldPiece, joined, rangePiece, type Piece } from './pieces';
import { rawPiece, tensorHead, type NewTensor } from './tensors';

/** Tensors of at least so many bytes go to the file beside a model that is too large. */
const LARGE = 1024;

/** One tensor to be written: the model's field, or what to say of it when its data goes elsewhere. */
export interface TensorEntry {
  readonly name: string;
  /** The whole field with its data inside. */
  readonly inside: Piece;
  /** Only the data; undefined if it stays inside whatever its size. */
  readonly data?: Piece;
  /** The fields without data and place. */
  readonly head: Piece;
}

/** A tensor of the file as it is; one that lies in another file is taken in. */
export function storedEntry(tensor: TensorProto, data: TensorData): TensorEntry {
  const { wire } = data;
  const kept: Piece[] = [];
  for (const field of wire.fields(tensor.from, tensor.end)) {
    // Data, and where it lies.
    if (![9, 13, 14].includes(field.number)) kept.push(rangePiece(wire.source, field.start, field.end));
  }
  const place = data.place(tensor);
  const head = joined(kept);
  const raw = place && rangePiece(place.source, place.from, place.end);
  const inside =
    tensor.external && raw
      ? joined([head, fieldPiece(9, raw)])
      : rangePiece(wire.source, tensor.from, tensor.end);
  return { name: tensor.name, inside: fieldPiece(GRAPH.initializer, inside), data: raw, head };
}

/** A tensor that a rewriting made. @throws RangeError if it has not as many bytes as its dims say */
export function newEntry(tensor: NewTensor): TensorEntry {
  const { name, dims, dtype } = tensor;
  const head = bytesPiece(tensorHead(name, dims, dataTypeOf(dtype)));
  const data = rawPiece(tensor);
  if (data.length !== sizeOf(dims) * BYTES[dtype]) throw new RangeError(name);
  return { name, inside: fieldPiece(GRAPH.initializer, joined([head, fieldPiece(9, data)])), data, head };
}

/** The same tensors with their data in a file beside the model, in their order. */
export function outside(entries: readonly TensorEntry[], file: string): { fields: Piece[]; data: Piece } {
  let offset = 0;
  const parts: Piece[] = [];
  const fields = entries.map(({ inside, data, head }) => {
    if (!data || data.length < LARGE) return inside;
    const entry = (key: string, value: string): Piece =>
      fieldPiece(13, bytesPiece(new ProtoWriter().string(1, key).string(2, value).finish()));
    const place = [
      entry('location', file),
      entry('offset', `${offset}`),
      entry('length', `${data.length}`),
      bytesPiece(new ProtoWriter().int(14, 1).finish()),
    ];
    parts.push(data);
    offset += data.length;
    return fieldPiece(GRAPH.initializer, joined([head, ...place]));
  });
  return { fields, data: joined(parts) };
}

/**
 * The file for data beside a model: the model's name with `.data` behind, or with a number before that where such a file is
 * there or another model names it. A model that is replaced stays whole until it is.
 */
export function dataFile(sink: ByteSink): { readonly name: string; open(): ByteSink } {
  const stem = siblingStem(sink.path);
  let name = `${stem}.data`;
  for (let i = 2; sink.isFree?.(name) === false; i++) name = `${stem}.${i}.data`;
  return {
    name,
    open() {
      if (sink.sibling) return sink.sibling(name);
      throw new UnsupportedError('a model of several files cannot be written here', { path: sink.path });
    },
  };
}
