import type { GraphNode, NodeOf } from '../../../graph/graph';
import type { OpAttributes, OpType } from '../../../graph/ops';
import type { JsonObject } from '../../../encodings/json';
import type { Shape } from '../../../tensor/tensor';
import type { Fields } from './fields';

/** What a layer computes: an operator with its attributes, and its weights' roles in Keras's order. */
export type LayerBody = {
  [T in OpType]: {
    readonly op: T;
    readonly attributes: OpAttributes[T];
    readonly roles: readonly string[];
    /** Shapes of the tensors by the same order, where they are not those that are stored. */
    readonly shapes?: readonly Shape[];
  };
}[OpType];

/** One operator as Keras layers. */
export interface LayerKind<T extends OpType = OpType> {
  readonly op: T;
  /** Classes read as this operator; a new layer gets the first. */
  readonly classes: readonly [string, ...string[]];
  /** True if the layer is called on a list of values. */
  readonly list?: boolean;
  /** Of several operators that one class can be, which one the settings mean; the only one where it is absent. */
  reads?(fields: Fields): boolean;
  /**
   * Reads settings. @param rank of the input, `null` if unknown. @param weights shapes of what is stored.
   * @throws UnknownSetting if they mean something the operator cannot say.
   */
  read(
    fields: Fields,
    rank: number | null,
    weights: readonly Shape[],
  ): Pick<NodeOf<T>, 'attributes'> & {
    readonly roles: readonly string[];
    readonly shapes?: readonly Shape[];
    /** What the layer computes first, a node of its own; its weights come first too. */
    readonly depthwise?: LayerBody;
  };
  /** The settings that say what the node says; whatever else a layer has is left as it is. */
  write(node: NodeOf<T>): JsonObject;
  /** Roles of the weights of a node in Keras's order. */
  roles(node: GraphNode): readonly string[];
  /** Which of the operator's nodes are written so; all where it is absent. */
  writes?(node: NodeOf<T>): boolean;
  /** Shape in which a weight is stored, where that is not the tensor's own: the same elements in the same order. */
  storedShape?(node: NodeOf<T>, role: string, shape: Shape): Shape;
}

/** Names of weights in Keras by role; others are called as their role. */
const WEIGHT_NAMES: Readonly<Record<string, string>> = { mean: 'moving_mean', variance: 'moving_variance' };

/** What Keras calls the weight of a role. */
export function weightName(role: string): string {
  return WEIGHT_NAMES[role] ?? role;
}

/** Of the roles in order, those that a node has. */
export function present(roles: readonly string[]): (node: GraphNode) => readonly string[] {
  return (node) => roles.filter((role) => role in node.parameters);
}
