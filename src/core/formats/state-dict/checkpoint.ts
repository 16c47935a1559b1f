import type { ByteSource } from '../../bytes';
import type { Checkpoint, Metadata } from '../../checkpoint';
import type { TensorRef } from '../../tensor/tensor';
import { recognise, type Recognised } from './architectures/recognise';
import { looseConvolutions, otherBlocks } from './convolutions';
import { TORCH_NORM } from './nodes';
import { DictPayload } from './payload';
import { DictTensor } from './tensor';
import type { StateDict } from './units';

/** What all formats of weights by name know once their file is open. */
export interface OpenedDict {
  readonly format: string;
  readonly source: ByteSource;
  /** Bytes of all files. */
  readonly size: number;
  readonly dict: StateDict;
  readonly metadata: Metadata;
  readonly warnings: readonly string[];
  readonly container: unknown;
  close(): void;
}

/** The checkpoint of a state dict. */
export function dictCheckpoint(opened: OpenedDict): Checkpoint {
  const { format, source, size, dict, metadata, warnings, container } = opened;
  const stored = new Map<string, TensorRef>(
    [...dict.tensors].map(([name, tensor]) => [name, new DictTensor(tensor)]),
  );
  const others = otherBlocks(dict);
  const known =
    others.length === 0 ? [] : [`recognised, not ACB, and left as they are: ${others.join(', ')}`];
  const network = recognise(dict);
  return {
    format,
    path: source.path,
    size,
    tensors: new Map([...stored, ...(network?.tensors ?? [])]),
    ...(network ? { graph: network.graph } : {}),
    convolutions: (assumeNorms) => {
      const { graph, tensors } = looseConvolutions(dict, assumeNorms);
      return { graph, tensors: new Map([...stored, ...tensors]) };
    },
    normDefaults: TORCH_NORM,
    metadata: { ...metadata, facts: [...metadata.facts, ...factsOf(network, dict)] },
    warnings: [...warnings, ...known],
    payload: new DictPayload(withNotes(dict, network), network?.architecture, container),
    close: () => opened.close(),
  };
}

/** Says what the network was taken for and why: the file itself does not name it. */
function factsOf(network: Recognised | undefined, { modules }: StateDict): Metadata['facts'] {
  if (!network) {
    const unknown = { label: 'Network', value: 'unknown: the file holds weights by name alone' };
    return modules.size > 0
      ? [unknown]
      : [unknown, { label: 'Strides and dilations', value: 'not in the file; shown as 1' }];
  }
  const { label, reason } = network.architecture;
  return [
    { label: 'Network', value: `assumed to be ${label}: ${reason}` },
    { label: 'Batch norm ε', value: `${TORCH_NORM.epsilon}, PyTorch's own: the file does not say` },
  ];
}

function withNotes(dict: StateDict, network: Recognised | undefined): StateDict {
  return network ? { ...dict, notes: new Map([...network.notes, ...dict.notes]) } : dict;
}
