import type { OpAttributes, OpType } from './ops';
import type { ValueShape } from './shape';

/**
 * Link from a node to what it was read from. Several nodes may come from one layer (a convolution with
 * its inner activation). A node without origin was made by a rewriting.
 */
export interface Origin {
  /** The layer's (or node's) name in the file. */
  readonly layer: string;
  /** Which call of a shared layer, from 0. */
  readonly call: number;
  /**
   * `main`, or `activation` for the activation inside a layer, or `depthwise` for the first half of a separable
   * convolution. A layer that is a model has its layers between `enter` and `exit`, which pass its inputs and outputs.
   */
  readonly part: 'main' | 'activation' | 'depthwise' | 'enter' | 'exit';
  /** Which input or output an `enter` or `exit` passes; 0 where it is absent. */
  readonly port?: number;
}

/** A regulariser: l1 · Σ|w| + l2 · Σw², as in Keras. */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** What training does with a node, where that is not the usual. */
export interface HowTrained {
  /**
   * Training changes none of its parameters, and a batch norm normalises by its moving statistics. `layer`: the file says so
   * of the layer (Keras's `trainable = False`), and a job may train it all the same; `fixed`: its numbers are part of how the
   * network is built.
   */
  readonly frozen?: 'layer' | 'fixed';
  /**
   * Called with `training=False`: while the rest is trained it computes what it does at inference, so a batch norm
   * normalises by its moving statistics. Its parameters may be learnt.
   */
  readonly inference?: true;
  /** What its parameters add to the loss, by role. */
  readonly penalties?: Readonly<Record<string, Penalty>>;
  /** What the file asks for in training and nothing here does: names of classes or settings. */
  readonly leftOut?: readonly string[];
}

/** One operator applied to values. */
export interface NodeOf<T extends OpType> extends HowTrained {
  /** Unique in the graph. For a layer's main part the layer's own name. */
  readonly name: string;
  readonly op: T;
  readonly attributes: OpAttributes[T];
  /** Names of values read, in order. */
  readonly inputs: readonly string[];
  /** Names of values made; most operators make one. */
  readonly outputs: readonly string[];
  /** Parameter role (`kernel`, `bias`, `gamma`, …) to tensor name in the checkpoint. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly origin?: Origin;
}

/** A node of any operator; `op` discriminates. */
export type GraphNode = { [T in OpType]: NodeOf<T> }[OpType];

/**
 * A network as data. `nodes` are in topological order; graph inputs are nodes of operator `input`.
 * Build with `makeGraph`, which checks this and infers shapes.
 */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Values that are the network's inputs. */
  readonly inputs: readonly string[];
  /** Values that are the network's outputs. */
  readonly outputs: readonly string[];
  /** Inferred shape of every value. `null` where an opaque operator hides it. */
  readonly shapes: ReadonlyMap<string, ValueShape | null>;
}
