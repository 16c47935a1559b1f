import type { Blueprint } from './blueprint';
import type { ByteSink, ByteSource } from './bytes';
import type { Graph } from './graph/graph';
import type { BatchNormAttributes } from './graph/ops/batch-norm';
import type { Shape, TensorRef } from './tensor/tensor';
import type { Layout } from '../shared/choices';

/** What a reader learnt of a file beside tensors and graph; shown to people, never acted on. */
export interface Metadata {
  /** Producer and version, as in "Keras 3.15.0". */
  readonly framework?: string;
  /** Any further facts worth showing, in reading order. */
  readonly facts: ReadonlyArray<{ readonly label: string; readonly value: string }>;
}

/** What a format's writer gives to what a rewriting adds. */
export interface FormatRules {
  /** Settings of a batch norm that a conversion adds where no neighbour has one. */
  readonly norm: BatchNormAttributes;
  /** False if the format has no convolutions of several groups. */
  readonly groups: boolean;
  /** True if changed weights are rounded to the type that they had; false if they become float32. */
  readonly keepsTypes: boolean;
}

/** Keras's batch norms, any groups, float32: what holds where a format has no rule of its own. */
export const COMMON_RULES: FormatRules = {
  norm: { epsilon: 1e-3, momentum: 0.99 },
  groups: true,
  keepsTypes: false,
};

/** Something that a reader took a file for, though the file does not say so. */
export interface Assumption {
  /** In one line, without the path. */
  readonly text: string;
  /** The field of `Reading` by which a person can say otherwise, if there is one. */
  readonly choice?: keyof Reading;
}

/**
 * An opened checkpoint: a file of named tensors and the parts that its format can give: the network (`graph`), weights by
 * name to which a network can be attached (`weights`), what makes a network fit for that (`blueprint`), the way to write it
 * again (`writer`). Immutable: a rewriting is a copy with another graph and other tensors, which shares all else. Valid
 * until `close`.
 */
export interface Checkpoint {
  /** The format's id, as in `FORMATS`. */
  readonly format: string;
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Every tensor by its name; the graph's nodes refer to these names. */
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** The network; absent for a weights-only file. Activations are NHWC, kernels HWIO. */
  readonly graph?: Graph;
  /** Present where `graph` is not a network but convolutions by themselves, in a copy that is rewritten without a network. */
  readonly loose?: LooseConvolutions;
  readonly metadata: Metadata;
  readonly warnings: readonly string[];
  /** Why there is no network, of a file that could hold one; for people. */
  readonly noNetwork?: string;
  /** Absent where the file says everything itself. */
  readonly assumptions?: readonly Assumption[];
  readonly rules: FormatRules;
  /** Present for weights by name, whose file holds no network. */
  readonly weights?: NamedWeights;
  /** Present for a network that can be attached to weights by name. */
  readonly blueprint?: Blueprint;
  /** Absent if the file can be read and not written. */
  readonly writer?: CheckpointWriter;
  close(): void;
}

/** What a rewriting may change of a checkpoint: all that its writer needs beside what it keeps of the file itself. */
export type Content = Pick<Checkpoint, 'path' | 'tensors' | 'graph'>;

/** Writes a checkpoint in its own format. Its maker keeps in it what it needs of the file; nobody else sees that. */
export interface CheckpointWriter {
  /** @throws UnsupportedError if the format cannot say what the network does */
  write(content: Content, sink: ByteSink): Promise<void>;
  /**
   * What is wrong with a file that `write` made, by another way than writing went, in time and memory of its header; empty
   * when nothing is. It runs before the file is put in its place.
   */
  check?(written: ByteSource, content: Content): readonly string[] | Promise<readonly string[]>;
  /** What a person should know of the file that `write` makes. */
  warnings?(content: Content): readonly string[];
}

/** Convolutions of weights by name whose network is unknown. */
export interface LooseConvolutions {
  /** Those that are parts of re-parametrisable blocks other than ACBs: the kind of the block, by their names. */
  readonly otherBlocks: ReadonlyMap<string, string>;
}

/** What the network of weights by name is taken for. */
export type Architecture =
  | {
      readonly state: 'unknown';
      /** What its names show, and the file itself contradicts. */
      readonly reason?: string;
    }
  | { readonly state: 'assumed' | 'attached'; readonly label: string; readonly reason: string };

/** Weights by name: a file that holds no network, and whose names and shapes may show one. */
export interface NamedWeights {
  readonly architecture: Architecture;
  /** Why a model that is known to be its network is not used. */
  readonly problem?: string;
  /**
   * The convolutions and blocks by themselves, as names and shapes of the weights show them. The graph is unconnected, with
   * placeholders where weights do not tell.
   * @param assumeNorms whether a batch norm that follows a convolution by name is taken to be just that
   */
  convolutions(
    assumeNorms: boolean,
  ): Pick<Checkpoint, 'tensors'> & { readonly graph: Graph; readonly loose: LooseConvolutions };
  /**
   * How it is known where the branches of a block land: by the network, or by what the file stores; the centre is assumed
   * where it stores nothing.
   * @param block the name of its square convolution
   */
  landing(block: string): 'network' | 'stored' | 'assumed';
  /**
   * What the file does not say of blocks, for people: fused, they keep the names they have.
   * @param fused names of the blocks' square convolutions
   */
  fusedWarnings(fused: readonly string[]): readonly string[];
  /**
   * The weights with the network of a model. Both stay open until the result is closed.
   * @param how for people: why it is this model
   * @throws CheckpointError naming file and model if the weights are not those of the model's network, or it is unclear which
   *   weights are whose; UserError if the model has no blueprint
   */
  readonly attach: (model: Checkpoint, how: string) => Checkpoint;
}

/** What a person says of a file that the file does not. */
export interface Reading {
  /** Whether parameters that a file has once, because they are equal, are one or belong to a layer each. */
  readonly equalWeights?: 'shared' | 'separate' | undefined;
  /** The ε of batch norms, of a weights-only file that does not store it. */
  readonly bnEpsilon?: number | undefined;
}

/** A name for a new model, and what its format may ask. */
export interface NewModel {
  readonly name: string;
  /** How images come in and go out of an ONNX model; N × H × W × C when absent, as everywhere else here. */
  readonly layout?: Layout;
}

/** One file format. A new format is one folder and one line in `formats/registry.ts`. */
export interface Format {
  readonly id: string;
  readonly label: string;
  /** Lower-case, with the dot. */
  readonly extensions: readonly string[];
  /**
   * `keras`: batch norms' running statistics count among the parameters, and the shapes in a file are those of the
   * graph. In all other formats neither holds.
   */
  readonly family?: 'keras';
  /** Cheap: looks at the name and the first bytes. */
  match(source: ByteSource): boolean;
  /**
   * Reads the header; takes over the source and closes it with the checkpoint (or on failure).
   * @returns the checkpoint with the parts that the file has; with a `writer` if it can be written again
   * @throws CheckpointError for whatever is wrong with the file
   */
  open(source: ByteSource, reading?: Reading): Promise<Checkpoint>;
  /**
   * Of a format in which networks of others can be written: the network as a new model of this one, float32.
   * @throws UnsupportedError if the format cannot say what the network does
   */
  readonly create?: (source: Checkpoint & { readonly graph: Graph }, model: NewModel) => Checkpoint;
  /**
   * Of a format of weights by name: a new file of tensors of these shapes by their names in PyTorch's state dict, all zero.
   * Where the names show a network, it has that.
   */
  readonly createWeights?: (shapes: ReadonlyMap<string, Shape>, path: string) => Checkpoint;
  /** Of a format whose checkpoints may have files beside them. */
  readonly parts?: FormatParts;
}

/** What a checkpoint says of the files beside it. */
export interface FormatParts {
  /**
   * Names of the files beside a checkpoint, as it says them: hostile input. None of them is opened.
   * @throws CheckpointError if it cannot be read
   */
  names(source: ByteSource): readonly string[];
  /** True for names that writers of this format give to such files and nobody gives to anything else. */
  isPart(name: string): boolean;
}
