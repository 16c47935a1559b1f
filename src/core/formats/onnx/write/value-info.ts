import type { Dim } from '../../../graph/shape';
import { ProtoWriter } from '../../../encodings/protobuf/writer';
import { bytesPiece, fieldPiece, type Piece } from './pieces';

/** A ValueInfoProto of a tensor as a field of a graph. @param batch the name of unknown first sizes */
export function valueInfo(
  field: number,
  name: string,
  dataType: number,
  dims: readonly Dim[],
  batch = 'N',
): Piece {
  const writer = new ProtoWriter().string(1, name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, dataType).message(2, (shape) => {
        dims.forEach((dim, axis) =>
          shape.message(1, (size) => {
            if (dim !== null) size.int(1, dim);
            else if (axis === 0) size.string(2, batch);
          }),
        );
      }),
    ),
  );
  return fieldPiece(field, bytesPiece(writer.finish()));
}
