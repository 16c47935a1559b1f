import type { ByteSource } from '../../bytes';
import {
  COMMON_RULES,
  type Architecture,
  type Assumption,
  type Checkpoint,
  type CheckpointWriter,
  type FormatRules,
  type Metadata,
} from '../../checkpoint';
import type { TensorRef } from '../../tensor/tensor';
import { networkFrom } from '../attach/attach';
import { recognise } from './architectures/recognise';
import { looseConvolutions, otherBlocks } from './convolutions';
import { landingsOf } from './landings';
import { TORCH_NORM } from './nodes';
import {
  assumedOfBlocks,
  assumedToBe,
  fusedWarnings,
  whyUnknown,
  type AttachedNetwork,
  type Contradicted,
  type KnownDict,
  type Recognised,
} from './opened';
import { moduleWarnings } from './python/write-module';
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
  /** The file's own writer, given what is known of the weights. */
  writer(known: KnownDict): CheckpointWriter;
  close(): void;
}

/** What the format gives to what a rewriting adds. */
const RULES: FormatRules = { ...COMMON_RULES, norm: TORCH_NORM, keepsTypes: true };

/**
 * The checkpoint of a state dict.
 * @throws CheckpointError if what a file says of its blocks cannot be so.
 */
export function dictCheckpoint(opened: OpenedDict): Checkpoint {
  const { source, warnings, metadata } = opened;
  const dict = { ...opened.dict, landings: landingsOf(opened.dict, opened.unread, source.path) };
  const others = otherBlocks(dict);
  const kinds =
    others.length === 0
      ? []
      : [`blocks of other kinds, recognised, not ACB, and left as they are: ${others.join(', ')}`];
  const found = recognise(dict);
  const network = found && 'graph' in found ? found : undefined;
  const contradicted = found && 'contradiction' in found ? found : undefined;
  return assembled(opened, dict, {
    architecture: architectureOf(network, contradicted),
    ...(network && { network }),
    assumptions: network ? [{ text: assumedToBe(network.architecture) }] : [],
    facts: [...metadata.facts, ...factsOf(network, contradicted, dict)],
    warnings: [...warnings, ...kinds, ...(network ? trainingWarnings(dict) : [])],
    close: () => opened.close(),
  });
}

/** What is known of a state dict's network, whoever says it. */
interface KnownNetwork {
  readonly architecture: Architecture;
  readonly network?: Recognised;
  readonly shared?: KnownDict['shared'];
  readonly assumptions: readonly Assumption[];
  readonly facts: Metadata['facts'];
  readonly warnings: readonly string[];
  close(): void;
}

function assembled(opened: OpenedDict, dict: StateDict, known: KnownNetwork): Checkpoint {
  const { format, source, size, metadata } = opened;
  const { network, shared = new Map() } = known;
  const stored = new Map<string, TensorRef>(
    [...dict.tensors].map(([name, tensor]) => [name, new DictTensor(tensor)]),
  );
  const noted = network ? { ...dict, notes: new Map([...network.notes, ...dict.notes]) } : dict;
  const written: KnownDict = { dict: noted, ...(network && { architecture: network.architecture }), shared };
  const blocks = assumedOfBlocks(dict);
  return {
    format,
    path: source.path,
    size,
    tensors: new Map([...stored, ...(network?.tensors ?? [])]),
    ...(network && { graph: network.graph }),
    metadata: { ...metadata, facts: known.facts },
    warnings: known.warnings,
    assumptions: [...known.assumptions, ...(blocks === undefined ? [] : [{ text: blocks }])],
    rules: RULES,
    weights: {
      architecture: known.architecture,
      convolutions(assumeNorms) {
        const { tensors, graph, otherBlocks } = looseConvolutions(dict, assumeNorms);
        return { graph, tensors: new Map([...stored, ...tensors]), loose: { otherBlocks } };
      },
      landing: (block) => dict.landings.get(block)?.source ?? 'network',
      fusedWarnings: (fused) => fusedWarnings(noted, fused),
      attach: (model, how) =>
        attached(opened, dict, known, networkFrom(model, { dict, path: source.path }, how)),
    },
    writer: {
      ...opened.writer(written),
      warnings: (content) => moduleWarnings(content, written),
    },
    close: () => known.close(),
  };
}

/** With another network, in place of what the file was taken for. */
function attached(
  opened: OpenedDict,
  dict: StateDict,
  before: KnownNetwork,
  { network, shared, facts, warnings, close }: AttachedNetwork,
): Checkpoint {
  const { label, reason } = network.architecture;
  return assembled(opened, dict, {
    architecture: { state: 'attached', label, reason },
    network,
    shared,
    assumptions: [],
    facts: [...opened.metadata.facts, ...facts],
    warnings: [...before.warnings, ...warnings],
    close() {
      close();
      before.close();
    },
  });
}

function architectureOf(
  network: Recognised | undefined,
  contradicted: Contradicted | undefined,
): Architecture {
  if (network) {
    const { label, reason } = network.architecture;
    return { state: 'assumed', label, reason };
  }
  return { state: 'unknown', ...(contradicted && { reason: whyUnknown(contradicted) }) };
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
      : 'unknown: this is a weights-only file';
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
