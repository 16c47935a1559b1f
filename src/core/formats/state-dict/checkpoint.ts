import {
  COMMON_RULES,
  type Architecture,
  type Assumption,
  type Checkpoint,
  type CheckpointWriter,
  type FormatRules,
  type Metadata,
  type Reading,
} from '../../checkpoint';
import type { TensorRef } from '../../tensor/tensor';
import { networkFrom } from '../attach/attach';
import { recognise } from './architectures/recognise';
import { looseConvolutions, otherBlocks } from './convolutions';
import { kernelsInParts } from './kernels-in-parts';
import { landingsOf } from './landings';
import { TORCH_NORM } from './nodes';
import {
  commonEpsilon,
  epsilonAssumed,
  epsilonText,
  epsilonUnused,
  epsilonWords,
  newEpsilon,
} from './norm-epsilon';
import type { Notes } from './notes';
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
  /** Of the file. */
  readonly path: string;
  /** Bytes of all files. */
  readonly size: number;
  readonly dict: Omit<StateDict, 'landings' | 'epsilon' | 'notes'>;
  /** What an earlier conversion noted in the file. */
  readonly notes: Notes;
  /** What a person states about the file. */
  readonly reading: Pick<Reading, 'bnEpsilon'> | undefined;
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
  const { path, warnings, metadata } = opened;
  const { blocks, epsilon: noted } = opened.notes;
  const noLandings = { ...opened.dict, notes: blocks, epsilon: { noted, stated: opened.reading?.bnEpsilon } };
  const dict = { ...noLandings, landings: landingsOf(noLandings, opened.unread, path) };
  const others = otherBlocks(dict);
  const kinds =
    others.length === 0
      ? []
      : [`blocks of other kinds, recognised, not ACB, and left as they are: ${others.join(', ')}`];
  const found = recognise(dict);
  const network = found && 'graph' in found ? found : undefined;
  const contradicted = found && 'contradiction' in found ? found : undefined;
  const epsilon = epsilonWords(dict, network?.architecture.label);
  return assembled(opened, dict, {
    architecture: architectureOf(network, contradicted),
    ...(network && { network }),
    epsilon: noted ?? opened.reading?.bnEpsilon,
    assumptions: [
      ...(network ? [{ text: assumedToBe(network.architecture) }] : []),
      ...epsilonAssumptions(epsilon.assumed),
    ],
    facts: [...metadata.facts, ...factsOf(network, contradicted, dict), ...epsilonFacts(epsilon.fact)],
    warnings: [
      ...warnings,
      ...kinds,
      ...kernelsInParts(dict),
      ...(network ? trainingWarnings(dict) : []),
      ...(epsilon.unused === undefined ? [] : [epsilon.unused]),
    ],
    close: () => opened.close(),
  });
}

/** What is known of a state dict's network, whoever says it. */
interface KnownNetwork {
  readonly architecture: Architecture;
  readonly network?: Recognised;
  readonly shared?: KnownDict['shared'];
  /** The ε of its batch norms, where it is known and one for all. */
  readonly epsilon: number | undefined;
  readonly assumptions: readonly Assumption[];
  readonly facts: Metadata['facts'];
  readonly warnings: readonly string[];
  close(): void;
}

function assembled(opened: OpenedDict, dict: StateDict, known: KnownNetwork): Checkpoint {
  const { format, path, size, metadata } = opened;
  const { network, epsilon, shared = new Map() } = known;
  const stored = new Map<string, TensorRef>(
    [...dict.tensors].map(([name, tensor]) => [name, new DictTensor(tensor)]),
  );
  const noted = network ? { ...dict, notes: new Map([...network.notes, ...dict.notes]) } : dict;
  const written: KnownDict = {
    dict: noted,
    ...(network && { architecture: network.architecture }),
    epsilon,
    shared,
  };
  const blocks = assumedOfBlocks(dict);
  return {
    format,
    path,
    size,
    tensors: new Map([...stored, ...(network?.tensors ?? [])]),
    ...(network && { graph: network.graph }),
    metadata: { ...metadata, facts: known.facts },
    warnings: known.warnings,
    assumptions: [...known.assumptions, ...(blocks === undefined ? [] : [{ text: blocks }])],
    rules: { ...RULES, norm: { ...RULES.norm, epsilon: newEpsilon(dict) } },
    weights: {
      architecture: known.architecture,
      convolutions(assumeNorms) {
        const { tensors, graph, otherBlocks } = looseConvolutions(dict, assumeNorms);
        return { graph, tensors: new Map([...stored, ...tensors]), loose: { otherBlocks } };
      },
      landing: (block) => dict.landings.get(block)?.source ?? 'network',
      fusedWarnings: (fused) => fusedWarnings(noted, fused),
      attach: (model, how) => attached(opened, dict, known, networkFrom(model, { dict, path }, how)),
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
  { network, shared, assumedNorms, facts, warnings, close }: AttachedNetwork,
): Checkpoint {
  const { label, reason } = network.architecture;
  const epsilon = commonEpsilon(network.graph);
  const { stated } = dict.epsilon;
  const isUnused = stated !== undefined && epsilon !== undefined && epsilon !== stated;
  return assembled(opened, dict, {
    architecture: { state: 'attached', label, reason },
    network,
    shared,
    epsilon: assumedNorms > 0 ? undefined : epsilon,
    assumptions: epsilonAssumptions(assumedNorms > 0 ? epsilonAssumed(assumedNorms) : undefined),
    facts: [
      ...opened.metadata.facts,
      ...facts,
      ...epsilonFacts(epsilon === undefined ? undefined : epsilonText(epsilon)),
    ],
    warnings: [
      ...before.warnings,
      ...warnings,
      ...(isUnused ? [epsilonUnused(stated, epsilon, 'the attached network')] : []),
    ],
    close() {
      close();
      before.close();
    },
  });
}

function epsilonAssumptions(text: string | undefined): readonly Assumption[] {
  return text === undefined ? [] : [{ text, choice: 'bnEpsilon' }];
}

function epsilonFacts(value: string | undefined): Metadata['facts'] {
  return value === undefined ? [] : [{ label: 'Batch norm ε', value }];
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
  return [{ label: 'Network', value: assumedToBe(network.architecture) }];
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
