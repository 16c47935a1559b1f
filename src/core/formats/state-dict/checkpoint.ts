import type { ByteSource } from '../../bytes';
import type { Checkpoint, Metadata } from '../../checkpoint';
import type { TensorRef } from '../../tensor/tensor';
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
  const known = others.length === 0 ? [] : [`recognised, not ACB, and left as they are: ${others.join(', ')}`];
  return {
    format,
    path: source.path,
    size,
    tensors: stored,
    convolutions: (assumeNorms) => {
      const { graph, tensors } = looseConvolutions(dict, assumeNorms);
      return { graph, tensors: new Map([...stored, ...tensors]) };
    },
    normDefaults: TORCH_NORM,
    metadata,
    warnings: [...warnings, ...known],
    payload: new DictPayload(dict, undefined, container),
    close: () => opened.close(),
  };
}
