import type { Json } from '../../../json';
import type { LayerBody } from './kind';

const KNOWN = ['relu', 'sigmoid', 'softmax'] as const;

/** The operator of an activation function; an unknown one is kept as opaque under its name. */
export function activationBody(activation: Json | undefined): LayerBody {
  if (activation === undefined || activation === null || activation === 'linear') {
    return { op: 'identity', attributes: {}, roles: [] };
  }
  const known = KNOWN.find((name) => name === activation);
  if (known) return { op: known, attributes: {}, roles: [] };
  const type = typeof activation === 'string' ? activation : 'custom activation';
  return { op: 'opaque', attributes: { type }, roles: [] };
}

/** Keras's name of the activation that an operator is; `undefined` if it is none. */
export function activationName(op: string): string | undefined {
  if (op === 'identity') return 'linear';
  return KNOWN.find((name) => name === op);
}
