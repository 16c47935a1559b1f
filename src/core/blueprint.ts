import type { GraphNode } from './graph/graph';
import type { OpAttributes } from './graph/ops';
import type { Shape } from './tensor/tensor';

/** A layer with weights in the model that says how a network is built. */
export interface Place {
  readonly node: GraphNode;
  /** What the model calls each parameter, by role, the likeliest name first. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** Paths of modules that these names and the node's own suggest, the likeliest first. */
  readonly paths: readonly string[];
}

/** A tensor of the graph as the model's file has it. */
export interface BlueprintTensor {
  /** Its name in the file. */
  readonly name: string;
  /** Its axes in the file. */
  readonly dims: Shape;
  /** Order of the file's axes: as in the graph, [out, in / groups, h, w] for a kernel, [out, in] for a matrix. */
  readonly layout: 'plain' | 'oihw' | 'oi';
  /** True if the file holds it as a parameter, false for a constant of a node. */
  readonly isParameter: boolean;
}

/** A parameter whose values became numbers of an operator. */
export interface BlueprintNumbers {
  readonly name: string;
  readonly dims: Shape;
  /** The operator's attributes with other values in their place. */
  readonly attributes: (values: readonly number[]) => OpAttributes['rescaling'];
}

/** A parameter of floating-point numbers in the model's file. */
export interface BlueprintParameter {
  readonly name: string;
  readonly dims: Shape;
  /** True if several modules read it: the exporter may have joined parameters that were equal. */
  readonly isJoined: boolean;
  readFloat32(): Float32Array;
}

/** What a model's file tells of its parameters' names, so that its network can be attached to weights by name. */
export interface Blueprint {
  /** Every layer that has weights, in the order in which they compute. */
  readonly places: readonly Place[];
  /** By node: parameters that became numbers of it. */
  readonly numbers: ReadonlyMap<string, BlueprintNumbers>;
  readonly parameters: readonly BlueprintParameter[];
  /** Parameters that several modules read, and of which the file does not show whether these share them. */
  readonly unclear: readonly string[];
  /** A layer that computes as in training, whose weights the network therefore does not show. */
  readonly inTraining?: string;
  /** Undefined for a tensor that the file does not hold as such. */
  tensor(name: string): BlueprintTensor | undefined;
}
