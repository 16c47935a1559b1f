import type { ByteSource } from '../../bytes';
import {
  COMMON_RULES,
  type Checkpoint,
  type CheckpointWriter,
  type FormatRules,
  type Metadata,
} from '../../checkpoint';
import { CheckpointError, UserError } from '../../errors';
import { makeGraph } from '../../graph/build';
import { omittedWords } from '../../graph/training';
import type { JsonObject } from '../../encodings/json';
import { isFloat } from '../../tensor/dtype';
import type { TensorRef } from '../../tensor/tensor';
import type { ModelConfig } from './read/model-config';
import type { ReadScope } from './source';
import { unsupportedLayers } from './unsupported-layers';
import { readGraph } from './read/graph';
import { StoredTensor, type StoredArray, type WeightSource } from './read/weights';

/** What all formats of Keras models know once their file is open. */
interface Opened {
  readonly format: string;
  readonly source: ByteSource;
  /** Where the weights lie. */
  readonly file: { readonly datasets: ReadonlyMap<string, StoredArray>; close(): void };
  readonly metadata: Metadata;
  /** True if the file holds optimiser state. */
  readonly optimiser: boolean;
}

/** A file with a network. */
interface OpenedModel extends Opened {
  readonly model: ModelConfig;
  readonly weights: WeightSource;
  readonly rules: FormatRules;
  /** The file's own writer, given what was read. */
  writer(scope: ReadScope): CheckpointWriter;
  readonly sequential?: JsonObject;
}

const OPTIMISER = 'the optimiser state in this file is not kept when it is written again';

/** The checkpoint of a full model. @throws CheckpointError if the network is not consistent. */
export function modelCheckpoint(opened: OpenedModel): Checkpoint {
  const { model, source, rules, weights } = opened;
  const { parts, tensors, scope } = readGraph(model, weights, source.path);
  const read: ReadScope = { ...scope, sequential: opened.sequential };
  const facts = [...opened.metadata.facts, { label: 'Model', value: `${model.name} (${model.kind})` }];
  const graph = consistent(source.path, () => makeGraph(parts, tensors));
  return {
    ...base(opened),
    tensors,
    graph,
    metadata: { ...opened.metadata, facts },
    warnings: [...base(opened).warnings, ...unsupportedLayers(read), ...omittedWords(graph)],
    rules,
    writer: opened.writer(read),
  };
}

/** The checkpoint of a weights-only file. @param reason why there is no network. */
export function weightsCheckpoint({ reason, ...opened }: Opened & { readonly reason: string }): Checkpoint {
  const tensors = new Map<string, TensorRef>();
  for (const data of opened.file.datasets.values()) {
    const optimiser = /^(optimizer|optimizer_weights)\//.test(data.path);
    if (!optimiser && isFloat(data.dtype)) tensors.set(data.path, new StoredTensor(data.path, data));
  }
  if (tensors.size === 0) {
    throw new CheckpointError('the file has neither a network nor weights', { path: opened.source.path });
  }
  const { warnings, ...rest } = base(opened);
  return {
    ...rest,
    tensors,
    warnings: [`this file has weights but no network: ${reason}`, ...warnings],
    noNetwork: reason,
    rules: COMMON_RULES,
  };
}

function base({ format, source, file, metadata, optimiser }: Opened) {
  return {
    format,
    path: source.path,
    size: source.size,
    metadata,
    warnings: optimiser ? [OPTIMISER] : [],
    close: () => {
      file.close();
      source.close();
    },
  };
}

/** A network that does not fit together is the file's fault. */
function consistent<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof CheckpointError) throw error;
    throw new CheckpointError(error.summary, { ...error.detail, path });
  }
}
