import type { ByteSource } from '../../bytes';
import {
  COMMON_RULES,
  type Checkpoint,
  type Format,
  type FormatRules,
  type Metadata,
  type Reading,
} from '../../checkpoint';
import { CheckpointError, UserError } from '../../errors';
import { modelFaults, onnxFaults } from './check';
import { TensorData } from './proto/data';
import { readModel, type ModelProto } from './proto/model';
import { readNetwork } from './read/graph';
import { blueprintOf } from './read/blueprint';
import type { OnnxSource } from './read/source';
import { equalWeightsAssumed, type Separate } from './read/separate';
import { writeNewOnnx, writeOnnx } from './write/write-onnx';

/** The oldest operator set that is read: since it operators broadcast as they do now. */
const OLDEST_OPSET = 7;

/** An ONNX model: a protocol buffer of a network and its weights, the latter perhaps in files beside it. */
export const onnx: Format = {
  id: 'onnx',
  label: 'ONNX',
  extensions: ['.onnx'],
  match: (source) => source.path.toLowerCase().endsWith('.onnx') || startsLikeModel(source),
  open: openOnnx,
  create: (source, model) => ({
    ...{ format: 'onnx', path: source.path, size: source.size },
    ...{ tensors: source.tensors, graph: source.graph },
    ...{ metadata: source.metadata, warnings: source.warnings },
    close: () => source.close(),
    rules: RULES,
    writer: {
      async write(content, sink) {
        await Promise.resolve(writeNewOnnx(content, model, sink));
      },
      check: onnxFaults,
    },
  }),
  parts: {
    names: (source) =>
      readModel(source).model.graph.initializers.flatMap(({ external }) => external?.location ?? []),
    // As PyTorch's and Optimum's exporters and this product name them.
    isPart: (name) => /\.onnx[._](?:\d+\.)?data$/i.test(name),
  },
};

/** The format has no signature: its first field is a small IR version, the next one a text or a message. */
function startsLikeModel(source: ByteSource): boolean {
  if (source.size < 16) return false;
  const [tag, version = 0, next = 0] = source.read(0, 3);
  return tag === 0x08 && version >= 3 && version <= 32 && [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42].includes(next);
}

/** What the format gives to what a rewriting adds. */
const RULES: FormatRules = { ...COMMON_RULES, keepsTypes: true };

/**
 * Reads a model's network and where its weights lie.
 * @param most bytes of one file when it is written again
 * @throws CheckpointError
 */
export async function openOnnx(
  source: ByteSource,
  { equalWeights }: Reading = {},
  most?: number,
): Promise<Checkpoint> {
  const { model, wire } = readModel(source);
  const data = new TensorData(wire);
  try {
    return await Promise.resolve(assemble(source, { model, data, equalWeights, most }));
  } catch (error) {
    data.close();
    if (error instanceof CheckpointError || !(error instanceof UserError)) throw error;
    throw new CheckpointError(error.summary, { ...error.detail, path: source.path });
  }
}

interface Read extends Reading {
  readonly model: ModelProto;
  readonly data: TensorData;
  readonly most: number | undefined;
}

function assemble(source: ByteSource, { model, data, equalWeights, most }: Read): Checkpoint {
  const opset = model.opsets.get('') ?? 0;
  if (opset > 0 && opset < OLDEST_OPSET) {
    throw new CheckpointError('this model is of an old operator set', {
      path: source.path,
      found: `opset ${opset}`,
      expected: `opset ${OLDEST_OPSET} or newer (onnx.version_converter can convert it)`,
    });
  }
  const { graph, tensors, notes, warnings } = readNetwork(model, data, equalWeights);
  const file: OnnxSource = { model, data, notes, graph, tensors };
  const assumed = equalWeightsAssumed(notes.separate);
  return {
    format: 'onnx',
    path: source.path,
    size: source.size + data.externalSize,
    tensors,
    graph,
    metadata: describe(model, notes.separate),
    warnings,
    ...(assumed !== undefined && { assumptions: [{ text: assumed, choice: 'equalWeights' }] }),
    rules: RULES,
    blueprint: blueprintOf(file),
    writer: {
      async write(content, sink) {
        await Promise.resolve(writeOnnx(content, file, sink, most));
      },
      check(written) {
        const faults = onnxFaults(written);
        if (faults.length === 0) return faults;
        // What the file had that this one was made from is not of our making.
        const before = new Set(modelFaults(model));
        return faults.filter((fault) => !before.has(fault));
      },
    },
    close() {
      data.close();
      source.close();
    },
  };
}

function describe({ irVersion, producer, opsets }: ModelProto, separate: Separate): Metadata {
  const versions = [...opsets].map(([domain, version]) =>
    domain === '' ? `${version}` : `${domain} ${version}`,
  );
  return {
    framework: producer || undefined,
    facts: [
      { label: 'Operator set', value: versions.join(', ') },
      { label: 'IR version', value: `${irVersion}` },
      ...separateFacts(separate),
    ],
  };
}

function separateFacts(separate: Separate): Metadata['facts'] {
  const { size } = separate.aliases;
  const assumed = equalWeightsAssumed(separate);
  const known = `${size} that the exporter wrote once, because they are equal, are parameters of their own`;
  return [
    ...(size > 0 ? [{ label: 'Equal weights', value: known }] : []),
    ...(assumed === undefined ? [] : [{ label: 'Equal weights', value: assumed }]),
  ];
}
