import type { GraphNode } from '../../../graph/graph';
import type { Json } from '../../../encodings/json';
import { sameJson } from '../same';
import type { LayerBody } from './kind';

type Function = Pick<LayerBody, 'op' | 'attributes'>;

/** Keras's functions by name; of two names for one function the first is written. */
const FUNCTIONS = new Map(
  Object.entries({
    linear: { op: 'identity', attributes: {} },
    relu: { op: 'relu', attributes: {} },
    sigmoid: { op: 'sigmoid', attributes: {} },
    softmax: { op: 'softmax', attributes: {} },
    log_softmax: { op: 'logSoftmax', attributes: {} },
    relu6: { op: 'relu6', attributes: {} },
    leaky_relu: { op: 'leakyRelu', attributes: { slope: 0.2 } },
    elu: { op: 'elu', attributes: { alpha: 1 } },
    selu: { op: 'selu', attributes: {} },
    gelu: { op: 'gelu', attributes: { approximate: false } },
    silu: { op: 'silu', attributes: {} },
    swish: { op: 'silu', attributes: {} },
    mish: { op: 'mish', attributes: {} },
    tanh: { op: 'tanh', attributes: {} },
    softplus: { op: 'softplus', attributes: {} },
    softsign: { op: 'softsign', attributes: {} },
    exponential: { op: 'exponential', attributes: {} },
    hard_sigmoid: { op: 'hardSigmoid', attributes: {} },
    hard_silu: { op: 'hardSwish', attributes: {} },
    hard_swish: { op: 'hardSwish', attributes: {} },
  } satisfies Record<string, Function>),
);

/** What the functions of a layer are read by. */
interface ActivationSource {
  /** True for a layer in a file of Keras 1 or 2, or of TensorFlow.js, which keeps to them. */
  readonly isOld: boolean;
}

/** Until Keras 3 `hard_sigmoid` was steeper. Source: keras/src/activations.py of Keras 2.15. */
const OLD_HARD_SIGMOID = { op: 'hardSigmoid', attributes: { slope: 0.2 } } as const;

/** The operator of an activation function; an unknown one is kept as opaque under its name. */
export function activationBody(activation: Json | undefined, { isOld }: ActivationSource): LayerBody {
  const name = activation ?? 'linear';
  if (isOld && (name === 'hard_sigmoid' || name === 'hardSigmoid')) return { ...OLD_HARD_SIGMOID, roles: [] };
  const known = typeof name === 'string' ? FUNCTIONS.get(name) : undefined;
  if (known) return { ...known, roles: [] } as LayerBody;
  const type = typeof name === 'string' ? name : 'custom activation';
  return { op: 'opaque', attributes: { type }, roles: [] };
}

/**
 * Keras's name of the activation that a node is; `undefined` if it is not one, or one with other settings. The steeper
 * `hard_sigmoid` only comes from files that mean it by that name.
 */
export function activationName({ op, attributes }: Pick<GraphNode, 'op' | 'attributes'>): string | undefined {
  if (sameJson({ op, attributes }, OLD_HARD_SIGMOID)) return 'hard_sigmoid';
  const found = [...FUNCTIONS].find(([, known]) => known.op === op && sameJson(known.attributes, attributes));
  return found?.[0];
}
