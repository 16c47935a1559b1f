import type { ByteSource } from '../../bytes';
import type { Checkpoint, Format, Metadata, Reading } from '../../checkpoint';
import { CheckpointError, UserError } from '../../errors';
import { modelFaults, onnxFaults } from './check';
import { TensorData } from './proto/data';
import { readModel, type ModelProto } from './proto/model';
import { readNetwork } from './read/graph';
import { OnnxPayload } from './read/payload';
import { equalWeightsAssumed, type Separate } from './read/separate';
import { writeOnnx } from './write/write-onnx';

/** The oldest operator set that is read: since it operators broadcast as they do now. */
const OLDEST_OPSET = 7;

/** An ONNX model: a protocol buffer of a network and its weights, the latter perhaps in files beside it. */
export const onnx: Format = {
  id: 'onnx',
  label: 'ONNX',
  extensions: ['.onnx'],
  match: (source) => source.path.toLowerCase().endsWith('.onnx') || startsLikeModel(source),
  open: openOnnx,
  write: (checkpoint, sink) => writeOnnx(checkpoint, sink),
  check(written, checkpoint) {
    const faults = onnxFaults(written);
    if (faults.length === 0) return faults;
    // What the file had that this one was made from is not of our making.
    const own = OnnxPayload.of(checkpoint);
    const before = new Set(own ? modelFaults(own.model) : []);
    return faults.filter((fault) => !before.has(fault));
  },
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
  const [tag, version, next] = source.read(0, 3);
  return tag === 0x08 && version >= 3 && version <= 32 && [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42].includes(next);
}

async function openOnnx(source: ByteSource, { equalWeights }: Reading = {}): Promise<Checkpoint> {
  const { model, wire } = readModel(source);
  const data = new TensorData(wire);
  try {
    return await Promise.resolve(assemble(source, model, data, equalWeights));
  } catch (error) {
    data.close();
    if (error instanceof CheckpointError || !(error instanceof UserError)) throw error;
    throw new CheckpointError(error.summary, { ...error.detail, path: source.path });
  }
}

function assemble(
  source: ByteSource,
  model: ModelProto,
  data: TensorData,
  equalWeights: Reading['equalWeights'],
): Checkpoint {
  const opset = model.opsets.get('') ?? 0;
  if (opset > 0 && opset < OLDEST_OPSET) {
    throw new CheckpointError('this model is of an old operator set', {
      path: source.path,
      found: `opset ${opset}`,
      allowed: `${OLDEST_OPSET} or newer; onnx.version_converter makes it newer`,
    });
  }
  const { graph, tensors, notes, warnings } = readNetwork(model, data, equalWeights);
  return {
    format: 'onnx',
    path: source.path,
    size: source.size + data.externalSize,
    tensors,
    graph,
    metadata: describe(model, notes.separate),
    warnings,
    payload: new OnnxPayload(model, data, notes, graph, tensors),
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
