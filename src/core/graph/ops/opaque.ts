import { UserError } from '../../errors';
import type { Operator } from '../operator';

/** An operator this product does not know. It is kept and written again, but cannot be run or trained. */
export interface OpaqueAttributes {
  /** Its name in the file, as in `Lambda`. */
  readonly type: string;
  /** Parameters are kept by these roles, whatever they mean. */
}

/** An operator that is kept and cannot be run. */
export const opaque: Operator<OpaqueAttributes> = {
  type: 'opaque',
  parameters: [],
  inferShape({ attributes }) {
    throw new UserError('the shape behind an unknown operator is unknown', { found: attributes.type });
  },
};
