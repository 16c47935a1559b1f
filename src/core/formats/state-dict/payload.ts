import type { Checkpoint } from '../../checkpoint';
import type { SharedParameter } from './shared-parameter';
import type { StateDict } from './units';

/** What a state dict's format needs to write a checkpoint again. */
export class DictPayload<Container = unknown> {
  constructor(
    readonly dict: StateDict,
    /** Whether the network is known, or its convolutions alone. */
    readonly architecture: Architecture | undefined,
    /** Where it was read from. */
    readonly container: Container,
    /** Parameters that are laid out as the model of the network has them. */
    readonly shared: ReadonlyMap<string, SharedParameter> = new Map(),
  ) {}
}

/** The network that a state dict was taken for. */
export interface Architecture {
  /** For people: `CIFAR ResNet-56, option A`. */
  readonly label: string;
  /** Why it was taken for that. */
  readonly reason: string;
  /** What stands before the network's own names in the keys. */
  readonly prefix: string;
}

/** The payload of a checkpoint of weights by name. */
export function dictPayload({ payload, path }: Checkpoint): DictPayload {
  if (payload instanceof DictPayload) return payload;
  throw new TypeError(`${path}: no state dict`);
}
