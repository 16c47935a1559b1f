import type { JsonObject } from '../../src/core/encodings/json';
import { ProtoWriter } from '../../src/core/encodings/protobuf/writer';
import { isFileName } from './hostile';
import { dictPickle, pickle, tensorPickle, text as unicode } from './pickles';
import { makePng } from './pictures';
import { bytesOf, safetensorsOf, torchZip, zipOf } from './torch-files';

/** Files with a text of a stranger in one place, and commands that come across it. */
export interface Place {
  readonly name: string;
  /** Undefined where the text cannot stand there. */
  readonly make: (text: string) => Made | undefined;
  /** False where it is never shown, as in a model's producer when nothing is wrong. */
  readonly isShown?: false;
}

interface Made {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** File names in them are relative to the files' folder. */
  readonly commands: ReadonlyArray<readonly string[]>;
}

const values = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + 1));
const KERNEL = [4, 3, 3, 3];

function weights(name: string, metadata?: JsonObject): Uint8Array {
  const tensor = { dtype: 'F32', shape: KERNEL, data_offsets: [0, 432] };
  const entries = [
    ['__metadata__', metadata],
    [name, tensor],
  ].filter(([, value]) => value !== undefined);
  return safetensorsOf(Object.fromEntries(entries) as object, bytesOf(values(108)));
}

interface OnnxNames {
  readonly producer?: string;
  readonly graph?: string;
  readonly node?: string;
  readonly op?: string;
  readonly domain?: string;
  readonly key?: string;
  readonly tensor?: string;
  readonly input?: string;
  readonly output?: string;
  readonly dimension?: string;
}

/** A convolution followed by a node that nothing knows. */
function onnx(names: OnnxNames): Uint8Array {
  const {
    graph = 'g',
    node = 'n',
    op = 'Relu',
    domain = '',
    tensor = 'w',
    input = 'x',
    output = 'y',
  } = names;
  const value = (writer: ProtoWriter, name: string, first?: string): ProtoWriter =>
    writer.string(1, name).message(2, (type) =>
      type.message(1, (kind) =>
        kind.int(1, 1).message(2, (shape) => {
          shape.message(1, (size) => (first === undefined ? size.int(1, 1) : size.string(2, first)));
          for (const size of [3, 8, 8]) shape.message(1, (each) => each.int(1, size));
        }),
      ),
    );
  return new ProtoWriter()
    .int(1, 8)
    .string(2, names.producer ?? 'p')
    .message(7, (writer) =>
      writer
        .message(1, (conv) =>
          conv.string(1, input).string(1, tensor).string(2, 'h').string(3, node).string(4, 'Conv'),
        )
        .message(1, (last) =>
          last.string(1, 'h').string(2, output).string(3, `${node}2`).string(4, op).string(7, domain),
        )
        .string(2, graph)
        .message(5, (stored) => {
          for (const size of KERNEL) stored.int(1, size);
          stored
            .int(2, 1)
            .string(8, tensor)
            .bytes(9, bytesOf(values(108)));
        })
        .message(11, (described) => value(described, input, names.dimension))
        .message(12, (described) => value(described, output)),
    )
    .message(8, (opset) => opset.string(1, '').int(2, 17))
    .message(8, (opset) => opset.string(1, domain).int(2, 17))
    .message(14, (pair) => pair.string(1, names.key ?? 'k').string(2, names.key ?? 'v'))
    .finish();
}

interface KerasNames {
  readonly layer?: string;
  readonly className?: string;
  readonly model?: string;
  readonly key?: string;
  readonly activation?: string;
}

function topology({
  layer = 'conv',
  className = 'GlobalAveragePooling2D',
  model = 'm',
  key,
  activation = 'relu',
}: KerasNames) {
  const layers = [
    {
      class_name: 'Conv2D',
      config: {
        name: layer,
        batch_input_shape: [null, 8, 8, 3],
        filters: 4,
        kernel_size: [3, 3],
        activation,
      },
    },
    { class_name: className, config: { name: 'last', ...(key !== undefined && { [key]: key }) } },
  ];
  return { class_name: 'Sequential', config: { name: model, layers } };
}

function tfjs(names: KerasNames): Made['files'] {
  const { layer = 'conv' } = names;
  const manifest = [
    { name: `${layer}/kernel`, shape: [3, 3, 3, 4], dtype: 'float32' },
    { name: `${layer}/bias`, shape: [4], dtype: 'float32' },
  ];
  const document = {
    ...{ format: 'layers-model', modelTopology: { ...topology(names), keras_version: '2', backend: 'tf' } },
    weightsManifest: [{ paths: ['a.bin'], weights: manifest }],
  };
  return { 'model.json': JSON.stringify(document), 'a.bin': bytesOf(values(112)) };
}

const inspected = (file: string): string[][] => [
  ['inspect', file],
  ['inspect', file, '--json'],
  ['kernels', file, '--per-layer'],
  ['convert', file, '-o', 'out.acnet.safetensors'],
];
const inOnnx =
  (where: keyof OnnxNames) =>
  (text: string): Made => ({
    files: { 'net.onnx': onnx({ [where]: text }) },
    commands: [...inspected('net.onnx').slice(0, 3), ['convert', 'net.onnx', '-o', 'out.onnx']],
  });
const inTfjs =
  (where: keyof KerasNames) =>
  (text: string): Made => ({
    files: tfjs({ [where]: text }),
    commands: [...inspected('model.json').slice(0, 3), ['convert', 'model.json', '-o', 'out/model.json']],
  });
const inKeras =
  (where: keyof KerasNames) =>
  (text: string): Made => ({
    files: {
      'net.keras': zipOf({
        'config.json': JSON.stringify(topology({ [where]: text })),
        'metadata.json': JSON.stringify({ keras_version: text, date_saved: text }),
      }),
    },
    commands: inspected('net.keras').slice(0, 2),
  });
const inJob =
  (job: (text: string) => JsonObject) =>
  (text: string): Made => ({
    files: { 'job.acnet.json': JSON.stringify({ ...job(text) }), 'net.safetensors': weights('a.weight') },
    commands: [['train', 'job.acnet.json']],
  });

const JOB = { checkpoint: 'net.safetensors', data: { folder: 'images' }, epochs: 1 };
const named = (make: (text: string) => Made) => (text: string) => (isFileName(text) ? make(text) : undefined);
const PNG = makePng({ width: 8, height: 8, rows: Array.from({ length: 8 }, () => Array<number>(8).fill(9)) });

/** A state dict with something made by a class of its own. */
function withGlobal(text: string): Uint8Array {
  const made = pickle(unicode(`m${text}`), unicode(`n${text}`), '\x93)R');
  return dictPickle({ 'a.weight': tensorPickle('0', { shape: KERNEL, count: 108 }), 'b.weight': made });
}

/** The other classes of a network with four. */
const others = Object.fromEntries(['1', '2', '3'].map((name) => [`images/${name}/a.png`, PNG]));

/** Everywhere that a file or its name can put text. */
export const PLACES: readonly Place[] = [
  {
    name: 'a file’s name',
    make: named((text) => ({
      files: { [`${text}.safetensors`]: weights('a.weight') },
      commands: inspected(`./${text}.safetensors`),
    })),
  },
  {
    name: 'a folder’s name',
    make: named((text) => ({
      files: { [`${text}/net.safetensors`]: weights('a.weight') },
      commands: inspected(`./${text}/net.safetensors`),
    })),
  },
  {
    name: 'the name of a file that is no checkpoint',
    make: named((text) => ({ files: { [`${text}.pth`]: 'no' }, commands: inspected(`./${text}.pth`) })),
  },
  {
    name: 'an output’s name',
    make: named((text) => ({
      files: { 'net.safetensors': weights('a.weight') },
      commands: [['convert', 'net.safetensors', '-o', `./${text}.safetensors`]],
    })),
  },
  {
    name: 'an architecture’s path',
    make: (text) => ({
      files: { 'net.safetensors': weights('a.weight') },
      commands: [['inspect', 'net.safetensors', '--architecture', `./${text}.onnx`]],
    }),
  },
  {
    name: 'a tensor’s name',
    make: (text) => ({
      files: { 'net.safetensors': weights(`${text}.weight`) },
      commands: inspected('net.safetensors'),
    }),
  },
  {
    name: 'the metadata of safetensors',
    isShown: false,
    make: (text) => ({
      files: { 'net.safetensors': weights('a.weight', { [text]: text }) },
      commands: inspected('net.safetensors'),
    }),
  },
  {
    name: 'a tensor’s type',
    make: (text) => ({
      files: {
        'net.safetensors': safetensorsOf(
          { a: { dtype: text, shape: [1], data_offsets: [0, 4] } },
          new Uint8Array(4),
        ),
      },
      commands: inspected('net.safetensors').slice(0, 2),
    }),
  },
  {
    name: 'a global of a pickle',
    isShown: false,
    make: (text) => ({
      files: { 'net.pth': torchZip(withGlobal(text), { '0': values(108) }) },
      commands: inspected('net.pth').slice(0, 2),
    }),
  },
  ...(['producer', 'graph', 'key'] as const).map((where): Place => ({
    name: `the ${where} of an ONNX model`,
    isShown: false,
    make: inOnnx(where),
  })),
  ...(['node', 'op', 'domain', 'tensor', 'input', 'output', 'dimension'] as const).map((where): Place => ({
    name: `the ${where} of an ONNX model`,
    make: inOnnx(where),
    ...(['domain', 'output', 'dimension', 'input', 'tensor'].includes(where) && { isShown: false }),
  })),
  ...(['layer', 'className', 'activation'] as const).map((where): Place => ({
    name: `the ${where} of a TensorFlow.js model`,
    make: inTfjs(where),
  })),
  ...(['model', 'key'] as const).map((where): Place => ({
    name: `the ${where} of a TensorFlow.js model`,
    isShown: false,
    make: inTfjs(where),
  })),
  ...(['layer', 'className', 'model', 'key'] as const).map((where): Place => ({
    name: `the ${where} of a Keras archive`,
    isShown: false,
    make: inKeras(where),
  })),
  {
    name: 'a class of a folder of images',
    make: named((text) => ({
      files: { ...tfjs({}), [`images/${text}/a.png`]: PNG.subarray(0, 50), ...others },
      commands: [['evaluate', 'model.json', '--data', 'images']],
    })),
  },
  {
    name: 'a cell of a table of images',
    make: (text) => ({
      files: { ...tfjs({}), 'images.csv': `file,label\n"${text.replaceAll('"', '""')}",a\n` },
      commands: [['evaluate', 'model.json', '--data', 'images.csv']],
    }),
  },
  {
    name: 'a label of a table of images',
    isShown: false,
    make: (text) => ({
      files: {
        ...tfjs({}),
        'a.png': PNG,
        'images.csv': `file,label\na.png,"${text.replaceAll('"', '""')}"\n`,
      },
      commands: [['evaluate', 'model.json', '--data', 'images.csv']],
    }),
  },
  { name: 'a job’s checkpoint', make: inJob((text) => ({ ...JOB, checkpoint: `./${text}.keras` })) },
  { name: 'a job’s architecture', make: inJob((text) => ({ ...JOB, architecture: `./${text}.onnx` })) },
  { name: 'a job’s images', isShown: false, make: inJob((text) => ({ ...JOB, data: { folder: text } })) },
  {
    name: 'the name of a job’s output',
    isShown: false,
    make: inJob((text) => ({ ...JOB, output: { name: text } })),
  },
  { name: 'a field of a job', make: inJob((text) => ({ ...JOB, [`x${text}`]: text })) },
  { name: 'the value of a job’s field', isShown: false, make: inJob((text) => ({ ...JOB, variant: text })) },
];
