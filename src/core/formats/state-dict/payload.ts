import type { Checkpoint } from '../../checkpoint';
import type { SharedParameter } from './shared-parameter';
import type { StateDict } from './units';

/** What a state dict's format needs to write a checkpoint again. */
export class DictPayload<Container = unknown> {
  /** The network where it is known; else its convolutions are by themselves. */
  readonly architecture?: Architecture;
  /** What its names show, and the file itself contradicts. */
  readonly contradicted?: Contradicted;

  constructor(
    readonly dict: StateDict,
    known: Architecture | Contradicted | undefined,
    /** Where it was read from. */
    readonly container: Container,
    /** Parameters that are laid out as the model of the network has them. */
    readonly shared: ReadonlyMap<string, SharedParameter> = new Map(),
  ) {
    if (known && 'contradiction' in known) this.contradicted = known;
    else this.architecture = known;
  }
}

/** The network that a state dict was taken for. */
export interface Architecture {
  /** For people: `CIFAR ResNet-56, option A`. */
  readonly label: string;
  /** Why it was taken for that. */
  readonly reason: string;
  /** What stands before the network's own names in the keys. */
  readonly prefix: string;
  /** True where a model beside the file says it. */
  readonly attached?: true;
}

/** A network that was recognised by names, and that the file itself says is another one. */
export interface Contradicted {
  /** What it would have been. */
  readonly label: string;
  /** What the file says otherwise. */
  readonly contradiction: string;
}

/** The payload of a checkpoint of weights by name. */
export function dictPayload({ payload, path }: Checkpoint): DictPayload {
  if (payload instanceof DictPayload) return payload;
  throw new TypeError(`${path}: no state dict`);
}

/** What the network of weights by name is taken for, in one line. */
export function assumedToBe({ label, reason }: Pick<Architecture, 'label' | 'reason'>): string {
  return `assumed to be ${label}: ${reason}`;
}

/** Why the names of a file do not say what its network is. */
export function whyUnknown({ label, contradiction }: Contradicted): string {
  return `by names and shapes this is ${label}, but ${contradiction}`;
}

/**
 * How it is known where the branches of a block land: by the network, or in weights by name by what the file stores; the
 * centre is assumed where it stores nothing.
 * @param block the name of its square convolution
 */
export function landingSource({ payload }: Checkpoint, block: string): 'network' | 'stored' | 'assumed' {
  if (!(payload instanceof DictPayload)) return 'network';
  return payload.dict.landings.get(block)?.source ?? 'network';
}

/** What is assumed of the blocks of weights by name, in one line; undefined where nothing is. */
export function assumedOfBlocks({ payload }: Checkpoint): string | undefined {
  if (!(payload instanceof DictPayload)) return undefined;
  const open = [...payload.dict.landings.values()].filter(({ source }) => source === 'assumed').length;
  if (open === 0) return undefined;
  const blocks = open === 1 ? '1 block' : `${open} blocks`;
  return `the branches of ${blocks} are assumed to land on the centre row and column (skeleton): the file does not store where they land`;
}

/**
 * One sentence on fused convolutions of which a file does not store what layers they came from: they keep the reference
 * code's keys, and have a bias where the original may have had a batch norm.
 */
export function fusedWarnings({ payload }: Checkpoint, fused: readonly string[]): string[] {
  if (!(payload instanceof DictPayload)) return [];
  const { landings, notes } = payload.dict;
  const foreign = fused.filter((name) => landings.has(name) && !notes.has(name)).length;
  if (foreign === 0) return [];
  return [
    `${foreign === 1 ? '1 convolution is' : `${foreign} convolutions are`} written as fused_conv with a bias: the file does not store which layers became blocks, and no network says it`,
  ];
}

/** What the network of weights by name was taken for; undefined for a file that holds its network, or is no such weights. */
export function architectureOf({
  payload,
}: Checkpoint):
  | { readonly state: 'unknown'; readonly reason?: string }
  | { readonly state: 'assumed' | 'attached'; readonly label: string; readonly reason: string }
  | undefined {
  if (!(payload instanceof DictPayload)) return undefined;
  const { contradicted } = payload;
  if (!payload.architecture)
    return { state: 'unknown', ...(contradicted && { reason: whyUnknown(contradicted) }) };
  const { label, reason, attached } = payload.architecture;
  return { state: attached ? 'attached' : 'assumed', label, reason };
}
