import type { Metadata } from '../../checkpoint';
import type { Graph } from '../../graph/graph';
import type { TensorRef } from '../../tensor/tensor';
import type { SharedParameter } from './shared-parameter';
import type { BlockNotes, StateDict } from './units';

/** A state dict with what is known of its network: what its writer needs of it. */
export interface KnownDict {
  readonly dict: StateDict;
  /** The network where it is known; else its convolutions are by themselves. */
  readonly architecture?: RecognisedArchitecture;
  /** The ε of the batch norms, where it is known and one for all: noted in what is written. */
  readonly epsilon?: number | undefined;
  /** Parameters that are laid out as the model of the network has them. */
  readonly shared: ReadonlyMap<string, SharedParameter>;
}

/** The network that a state dict was taken for. */
export interface RecognisedArchitecture {
  /** For people: `CIFAR ResNet-56, option A`. */
  readonly label: string;
  /** Why it was taken for that. */
  readonly reason: string;
  /** What stands before the network's own names in the keys. */
  readonly prefix: string;
}

/** A state dict whose network is known. */
export interface Recognised {
  readonly architecture: RecognisedArchitecture;
  readonly graph: Graph;
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly notes: BlockNotes;
}

/** A network that was recognised by names, and that the file itself says is another one. */
export interface Contradicted {
  /** What it would have been. */
  readonly label: string;
  /** What the file says otherwise. */
  readonly contradiction: string;
}

/** A network that a model beside the file says. */
export interface AttachedNetwork {
  readonly network: Recognised;
  readonly shared: ReadonlyMap<string, SharedParameter>;
  /** Batch norms whose ε the model does not say either. */
  readonly assumedNorms: number;
  /** In place of what the reader said of the network. */
  readonly facts: Metadata['facts'];
  readonly warnings: readonly string[];
  /** Closes the model. */
  readonly close: () => void;
}

/** What the network of weights by name is taken for, in one line. */
export function assumedToBe({ label, reason }: Pick<RecognisedArchitecture, 'label' | 'reason'>): string {
  return `assumed to be ${label}: ${reason}`;
}

/** Why the names of a file do not say what its network is. */
export function whyUnknown({ label, contradiction }: Contradicted): string {
  return `by names and shapes this is ${label}, but ${contradiction}`;
}

/** What is assumed of the blocks of weights by name, in one line; undefined where nothing is. */
export function assumedOfBlocks({ landings }: StateDict): string | undefined {
  const open = [...landings.values()].filter(({ source }) => source === 'assumed').length;
  if (open === 0) return undefined;
  const blocks = open === 1 ? '1 block' : `${open} blocks`;
  return `the branches of ${blocks} are assumed to land on the centre row and column (skeleton): the file does not store where they land`;
}

/**
 * One sentence on fused convolutions of which a file does not store what layers they came from: they keep the reference
 * code's keys, and have a bias where the original may have had a batch norm.
 */
export function fusedWarnings({ landings, notes }: StateDict, fused: readonly string[]): string[] {
  const foreign = fused.filter((name) => landings.has(name) && !notes.has(name)).length;
  if (foreign === 0) return [];
  return [
    `${foreign === 1 ? '1 convolution is' : `${foreign} convolutions are`} written as fused_conv with a bias: the file does not store which layers became blocks, and no network says it`,
  ];
}
