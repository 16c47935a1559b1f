import type { ByteSink, ByteSource } from './bytes';
import type { Graph } from './graph/graph';
import type { BatchNormAttributes } from './graph/ops/batch-norm';
import type { TensorRef } from './tensor/tensor';

/** What a reader learnt of a file beside tensors and graph; shown to people, never acted on. */
export interface Metadata {
  /** Producer and version, as in "Keras 3.15.0". */
  readonly framework?: string;
  /** Any further facts worth showing, in reading order. */
  readonly facts: ReadonlyArray<{ readonly label: string; readonly value: string }>;
}

/**
 * An opened checkpoint: a file of named tensors, with or without the network's graph. Immutable: a
 * conversion returns a new one that shares the untouched tensors. Valid until `close`.
 */
export interface Checkpoint {
  /** The format's id, as in `FORMATS`. */
  readonly format: string;
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Every tensor by its name; the graph's nodes refer to these names. */
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** The network; absent for a file of weights alone. Activations are NHWC, kernels HWIO. */
  readonly graph?: Graph;
  readonly metadata: Metadata;
  readonly warnings: readonly string[];
  /**
   * Where there is no network: the convolutions and blocks by themselves, as names and shapes of the weights show them.
   * The graph is unconnected, with placeholders where weights do not tell.
   * @param assumeNorms whether a batch norm that stands behind a convolution by name is taken to be just that
   */
  readonly convolutions?: (
    assumeNorms: boolean,
  ) => Pick<Checkpoint, 'tensors' | 'otherBlocks'> & { readonly graph: Graph };
  /** Of those: convolutions that are parts of re-parametrisable blocks that are no ACBs, and the blocks' kind. */
  readonly otherBlocks?: ReadonlyMap<string, string>;
  /** What a batch norm has that a conversion adds; Keras's own when absent. */
  readonly normDefaults?: BatchNormAttributes;
  /** True if the format's convolutions have no groups. */
  readonly withoutGroups?: true;
  /** What the format needs to write the checkpoint again; opaque to everyone else. */
  readonly payload: unknown;
  /**
   * Every file it was read from, the model that gave its network and files beside both included; by keys of whoever opened
   * them. Absent where there are no files.
   */
  readonly readFrom?: () => ReadonlySet<string>;
  /** Of weights by name: path of the model that says how the network is built, or `none` where any is left out. */
  readonly architectureFile?: string;
  /** Why a model that is known to say so is not used. */
  readonly architectureProblem?: string;
  close(): void;
}

/** What a person says of a file that the file does not. */
export interface Reading {
  /** Whether parameters that a file has once, because they are equal, are one or belong to a layer each. */
  readonly equalWeights?: 'shared' | 'separate';
}

/** One file format. A new format is one folder and one line in `formats/registry.ts`. */
export interface Format {
  readonly id: string;
  readonly label: string;
  /** Lower-case, with the dot. */
  readonly extensions: readonly string[];
  /** Cheap: looks at the name and the first bytes. */
  match(source: ByteSource): boolean;
  /** Reads the header; takes over the source and closes it with the checkpoint (or on failure). */
  open(source: ByteSource, reading?: Reading): Promise<Checkpoint>;
  /** Writes a checkpoint that this format opened, or a rewriting of it. */
  write?(checkpoint: Checkpoint, sink: ByteSink): Promise<void>;
  /**
   * What is wrong with a file that `write` made of a checkpoint, by another way than writing went, in time and memory of
   * its header; empty when nothing is. It runs before the file is put in its place.
   */
  check?(written: ByteSource, checkpoint: Checkpoint): readonly string[];
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
