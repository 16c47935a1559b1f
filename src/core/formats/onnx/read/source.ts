import type { Graph } from '../../../graph/graph';
import type { TensorRef } from '../../../tensor/tensor';
import type { TensorData } from '../proto/data';
import type { ModelProto } from '../proto/model';
import type { OpAttributes } from '../../../graph/ops';
import type { Constant } from './constant';
import type { Order } from './order';
import type { Separate } from './separate';

/** A value of the graph under its name in the file. */
export interface NamedValue {
  readonly name: string;
  readonly order: Order;
}

/** Nodes of the graph and the nodes of the file that they were read from, which stay or go together. */
export interface Group {
  /** Indices of the file's nodes, in order. */
  readonly sources: readonly number[];
  /** Names of the graph's nodes. */
  readonly nodes: readonly string[];
}

/** A parameter whose values became numbers of an operator. */
export interface Numbers {
  readonly constant: Constant;
  /** The operator's attributes with other values in their place. */
  readonly attributes: (values: readonly number[]) => OpAttributes['rescaling'];
}

/** What a reader noted that a writer needs. */
export interface ReadNotes {
  readonly groups: readonly Group[];
  /** Parameters that the file has once, and that belong to several layers. */
  readonly separate: Separate;
  /** By node: parameters that became numbers of it. */
  readonly numbers: ReadonlyMap<string, Numbers>;
  /** The first name that each value of the graph has in the file. */
  readonly names: ReadonlyMap<string, NamedValue>;
  /** A node that computes as in training, for people; undefined where there is none. */
  readonly inTraining?: string;
  /** For each name of the file, the value of the graph that it is, if it is one. */
  readonly values: ReadonlyMap<string, { readonly value: string; readonly order: Order }>;
}

/** What an ONNX checkpoint was read from: all that writing it again needs. */
export interface OnnxSource {
  readonly model: ModelProto;
  readonly data: TensorData;
  readonly notes: ReadNotes;
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
}
