import { UserError } from '../../errors';
import { elements, type Operator } from '../operator';
import type { Dim } from '../shape';
import { describeShape } from './image';

/** The axis along which values are joined. */
export interface ConcatenateAttributes {
  /** Counted from the batch, or from the end if negative. */
  readonly axis: number;
}

/** Values one behind the other along an axis. */
export const concatenate: Operator<ConcatenateAttributes> = {
  type: 'concatenate',
  parameters: [],
  inferShape({ attributes, inputs }) {
    const [first, ...rest] = inputs;
    const axis = axisOf(attributes, first.length);
    const agrees = (a: Dim, b: Dim): boolean => a === null || b === null || a === b;
    const fits = rest.every(
      (shape) =>
        shape.length === first.length && shape.every((dim, i) => i === axis || agrees(dim, first[i] ?? null)),
    );
    if (!fits || axis < 1 || axis >= first.length) {
      throw new UserError('values that are joined differ in shape', {
        found: inputs.map(describeShape).join(', '),
      });
    }
    return first.map((_, i) => {
      const dims = inputs.map((shape) => shape[i] ?? null);
      return i === axis ? sum(dims) : (dims.find((dim) => dim !== null) ?? null);
    });
  },
  lower: ({ attributes, values, output, emit }) =>
    emit({ op: 'concat', axis: axisOf(attributes, output.length) }, values, output),
};

function axisOf({ axis }: ConcatenateAttributes, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function sum(dims: readonly Dim[]): Dim {
  return elements(dims) === null ? null : dims.reduce<number>((total, dim) => total + (dim ?? 0), 0);
}
