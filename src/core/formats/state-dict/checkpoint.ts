import type { ByteSource } from '../../bytes';
import type { Checkpoint, Metadata } from '../../checkpoint';
import type { TensorRef } from '../../tensor/tensor';
import { recognise, type Recognised } from './architectures/recognise';
import { looseConvolutions, otherBlocks } from './convolutions';
import { landingsOf } from './landings';
import { TORCH_NORM } from './nodes';
import { assumedToBe, DictPayload, dictPayload, whyUnknown, type Contradicted } from './payload';
import type { SharedParameter } from './shared-parameter';
import { DictTensor } from './tensor';
import type { StateDict } from './units';

/** What all formats of weights by name know once their file is open. */
export interface OpenedDict {
  readonly format: string;
  readonly source: ByteSource;
  /** Bytes of all files. */
  readonly size: number;
  readonly dict: Omit<StateDict, 'landings'>;
  readonly metadata: Metadata;
  readonly warnings: readonly string[];
  /** Keys of tensors of kinds that are not read. */
  readonly unread: readonly string[];
  readonly container: unknown;
  close(): void;
}

/**
 * The checkpoint of a state dict.
 * @throws CheckpointError if what a file says of its blocks cannot be so.
 */
export function dictCheckpoint(opened: OpenedDict): Checkpoint {
  const { format, source, size, metadata, warnings, container } = opened;
  const dict = { ...opened.dict, landings: landingsOf(opened.dict, opened.unread, source.path) };
  const stored = new Map<string, TensorRef>(
    [...dict.tensors].map(([name, tensor]) => [name, new DictTensor(tensor)]),
  );
  const others = otherBlocks(dict);
  const known =
    others.length === 0
      ? []
      : [`blocks of other kinds, recognised, not ACB, and left as they are: ${others.join(', ')}`];
  const found = recognise(dict);
  const network = found && 'graph' in found ? found : undefined;
  const contradicted = found && 'contradiction' in found ? found : undefined;
  return {
    format,
    path: source.path,
    size,
    tensors: new Map([...stored, ...(network?.tensors ?? [])]),
    ...(network ? { graph: network.graph } : {}),
    convolutions: (assumeNorms) => {
      const { tensors, ...loose } = looseConvolutions(dict, assumeNorms);
      return { ...loose, tensors: new Map([...stored, ...tensors]) };
    },
    normDefaults: TORCH_NORM,
    metadata: { ...metadata, facts: [...metadata.facts, ...factsOf(network, contradicted, dict)] },
    warnings: [...warnings, ...known, ...(network ? trainingWarnings(dict) : [])],
    payload: new DictPayload(withNotes(dict, network), network?.architecture ?? contradicted, container),
    close: () => opened.close(),
  };
}

/** A network that something beside the file said. */
export interface AttachedNetwork {
  readonly network: Recognised;
  readonly shared: ReadonlyMap<string, SharedParameter>;
  /** In place of what the reader said of the network. */
  readonly facts: Metadata['facts'];
  readonly warnings: readonly string[];
  close(): void;
}

/** What the reader says of a network; the rest is said of the file. */
const NETWORK_FACTS: ReadonlySet<string> = new Set([
  'Network',
  'Strides and dilations',
  'Batch norm ε',
  'Layers matched',
  'Batch norms put back',
]);

/** A checkpoint of weights by name with a network, in place of what it was taken for. */
export function withNetwork(checkpoint: Checkpoint, attached: AttachedNetwork): Checkpoint {
  const { network, shared, facts, warnings } = attached;
  const { dict, container } = dictPayload(checkpoint);
  const stored = [...dict.tensors].map(([name, tensor]) => [name, new DictTensor(tensor)] as const);
  const kept = checkpoint.metadata.facts.filter(({ label }) => !NETWORK_FACTS.has(label));
  return {
    ...checkpoint,
    tensors: new Map([...stored, ...network.tensors]),
    graph: network.graph,
    metadata: { ...checkpoint.metadata, facts: [...kept, ...facts] },
    warnings: [...checkpoint.warnings, ...warnings],
    payload: new DictPayload(withNotes(dict, network), network.architecture, container, shared),
    close: () => attached.close(),
  };
}

/** Says what the network was taken for and why: the file itself does not name it. */
function factsOf(
  network: Recognised | undefined,
  contradicted: Contradicted | undefined,
  { modules }: StateDict,
): Metadata['facts'] {
  if (!network) {
    const value = contradicted
      ? `unknown: ${whyUnknown(contradicted)}`
      : 'unknown: the file holds weights by name alone';
    const unknown = { label: 'Network', value };
    return modules.size > 0
      ? [unknown]
      : [unknown, { label: 'Strides and dilations', value: 'not in the file; shown as 1' }];
  }
  const epsilons = new Set([...modules.values()].flatMap(({ epsilon }) => epsilon ?? []));
  const epsilon =
    epsilons.size > 0
      ? `${[...epsilons].join(', ')}, as the file says`
      : `${TORCH_NORM.epsilon}, PyTorch's own: the file does not say`;
  return [
    { label: 'Network', value: assumedToBe(network.architecture) },
    { label: 'Batch norm ε', value: epsilon },
  ];
}

/** What the file's modules do while training, and the network here does not. */
function trainingWarnings({ modules }: StateDict): string[] {
  const layers = [...modules.values()];
  const drops = layers.filter(({ type, values }) => /\.\w*Dropout\w*$/.test(type) && values.get('p') !== 0);
  const cumulative = layers.filter(
    ({ type, values }) => /BatchNorm/.test(type) && values.get('momentum') === null,
  );
  return [
    ...(drops.length > 0
      ? [`${drops.length} dropout layers in this file are left out when training here`]
      : []),
    ...(cumulative.length > 0
      ? [
          `${cumulative.length} batch norms average their statistics (momentum=None) in this file; training here uses 0.1`,
        ]
      : []),
  ];
}

function withNotes(dict: StateDict, network: Recognised | undefined): StateDict {
  return network ? { ...dict, notes: new Map([...network.notes, ...dict.notes]) } : dict;
}
