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
  /** True where a model beside the file says it. */
  readonly attached?: true;
}

/** The payload of a checkpoint of weights by name. */
export function dictPayload({ payload, path }: Checkpoint): DictPayload {
  if (payload instanceof DictPayload) return payload;
  throw new TypeError(`${path}: no state dict`);
}

/** What the network of weights by name was taken for; undefined for a file that holds its network, or is no such weights. */
export function architectureOf({
  payload,
}: Checkpoint):
  | { readonly state: 'unknown' }
  | { readonly state: 'assumed' | 'attached'; readonly label: string; readonly reason: string }
  | undefined {
  if (!(payload instanceof DictPayload)) return undefined;
  if (!payload.architecture) return { state: 'unknown' };
  const { label, reason, attached } = payload.architecture;
  return { state: attached ? 'attached' : 'assumed', label, reason };
}
