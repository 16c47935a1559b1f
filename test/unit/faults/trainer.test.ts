import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import type { JsonObject } from '../../../src/core/encodings/json';
import { removeLeftovers } from '../../../src/files/leftovers';
import { toErrorState } from '../../../src/host/errors';
import { WorkerClient } from '../../../src/host/workers/client';
import { workerEnvironment } from '../../../src/host/workers/environment';
import { CallError, WorkerDied } from '../../../src/host/workers/errors';
import { residentBytes } from '../../../src/files/process-memory';
import { limitsOf } from '../../../src/host/workers/limits';
import { WorkerProcess } from '../../../src/host/workers/process';
import { SMALL, smallFolder } from '../../support/jobs';

type Trainer = WorkerClient<'trainer'>;

const GIB = 2 ** 30;
const LONGEST = 2 ** 31 - 1;
const THREADS = { intraOp: 2, interOp: 1 };

let root: string;
let bundle: string;
let client: Trainer | undefined;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'acnet-trainer-'));
  bundle = path.join(root, 'trainer.cjs');
  await build(nodeBundle('src/worker/trainer.ts', bundle));
});
afterEach(() => client?.dispose());
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The real trainer, as the extension starts it, with the memory it may take. */
function startTrainer(bytes = 4 * GIB, processes: 'kept' | 'each' = 'each'): Trainer {
  client = new WorkerClient(
    'trainer',
    (events) => new WorkerProcess(bundle, workerEnvironment(process.env, THREADS), events),
    { line: () => undefined, problem: () => undefined },
    processes,
    { ...limitsOf('trainer'), bytes, bytesAre: 'the limit of this test' },
  );
  return client;
}

/** How a call ended other than by an answer. */
async function failureOf(call: Promise<unknown>): Promise<Error> {
  const answer = await call.then(
    (value) => `the call was answered: ${JSON.stringify(value)}`,
    (error: unknown) => error as Error,
  );
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

const verifyOnce = (trainer: Trainer, file: string) =>
  trainer.call('verify', { a: file, b: file, samples: 4 });

describe('a trainer that dies in the middle of a training', () => {
  let folder: string;

  /** Starts a training that would take long, and does something to its process once it steps. */
  async function dying(trainer: Trainer, name: string, act: (pid: number) => void): Promise<WorkerDied> {
    folder = await smallFolder(0.3);
    const job = path.join(folder, `${name}.acnet.json`);
    writeFileSync(job, JSON.stringify({ ...SMALL, epochs: 3000, saveEvery: 0 }));
    let acted = false;
    const error = await failureOf(
      trainer.call(
        'train',
        { path: job },
        {
          onNotice: (notice) => {
            const { pid } = trainer;
            if (acted || pid === undefined || notice.kind !== 'train') return;
            if (notice.event.event !== 'step' || notice.event.step < 3) return;
            acted = true;
            act(pid);
          },
        },
      ),
    );
    expect(error).toBeInstanceOf(WorkerDied);
    expect((error as WorkerDied).file).toBe(job);
    expect(error.message.startsWith(`${job}: the trainer process ended: `)).toBe(true);
    return error as WorkerDied;
  }

  /** The host goes on: the same client trains another job, and the one that died is gone on with. */
  async function worksAfterwards(trainer: Trainer, name: string, { pid }: WorkerDied): Promise<void> {
    expect(pid !== undefined && residentBytes(pid)).toBeUndefined();
    const job = path.join(folder, `${name}.acnet.json`);
    const directory = path.join(folder, `${name}.acnet`);
    removeLeftovers(directory);
    expect(readdirSync(directory).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    const { data, batch, learningRate, seed, checkpoint } = SMALL;
    writeFileSync(job, JSON.stringify({ checkpoint, data, batch, learningRate, seed, epochs: 1 }));
    const result = await trainer.call('train', { path: job, overwrite: true });
    expect(result.fused.passed).toBe(true);
  }

  it.each([
    ['SIGKILL', /^killed by SIGKILL \(by hand, or by the system for want of memory\)$/],
    ['SIGABRT', /^killed by SIGABRT \(it gave itself up, as TensorFlow does/],
    ['SIGSEGV', /^killed by SIGSEGV \(a fault in native code/],
  ] as const)('by %s is reported with what that means, and the next job is done', async (signal, reason) => {
    const trainer = startTrainer();
    const death = await dying(trainer, signal, (pid) => process.kill(pid, signal));
    expect(death.reason).toMatch(reason);
    expect(toErrorState(death, 'elsewhere')).toMatchObject({
      title: 'The trainer process ended before it could answer',
      file: death.file,
    });
    await worksAfterwards(trainer, signal, death);
  });

  it('for want of memory is reported as such, and the next job is done', async () => {
    const trainer = startTrainer();
    const death = await dying(trainer, 'memory', (pid) => {
      // What it has may stay; it gets nothing more, and nothing back of what it gives up.
      const has = /^VmSize:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      const limited = spawnSync('prlimit', ['--pid', String(pid), `--as=${Number(has) * 512}`, '--data=0']);
      expect({ status: limited.status, said: String(limited.stderr) }).toEqual({ status: 0, said: '' });
    });
    expect(death.reason).toMatch(/memory/);
    await worksAfterwards(trainer, 'memory', death);
  });
});

const CONVOLUTION = {
  name: 'conv',
  filters: 1,
  kernel_size: [3, 3],
  strides: [1, 1],
  dilation_rate: [1, 1],
  padding: 'same',
  use_bias: false,
};
const conv = (changes: object = {}) => ({ class_name: 'Conv2D', config: { ...CONVOLUTION, ...changes } });
const layer = (class_name: string, config: JsonObject) => ({ class_name, config: { name: 'it', ...config } });
const pool = (class_name: string, size: number) =>
  layer(class_name, { pool_size: [size, size], strides: [1, 1], padding: 'same' });
const pad = (rows: number, columns: number) =>
  layer('ZeroPadding2D', {
    padding: [
      [rows, 0],
      [columns, 0],
    ],
  });

interface Shapes {
  readonly input?: readonly number[];
  readonly kernel?: readonly number[];
  readonly layers: readonly JsonObject[];
}

let written = 0;

/** A TensorFlow.js model of layers with settings that nobody would choose. */
function crafted({ input = [8, 8, 1], kernel = [3, 3, 1, 1], layers }: Shapes): string {
  const name = `crafted${written++}`;
  const [first, ...others] = layers;
  const begin = {
    ...first,
    config: { ...(first?.config as JsonObject), batch_input_shape: [null, ...input] },
  };
  const document = {
    format: 'layers-model',
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'net', layers: [begin, ...others] },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [
      { paths: [`${name}.bin`], weights: [{ name: 'conv/kernel', shape: kernel, dtype: 'float32' }] },
    ],
  };
  const size = kernel.reduce((product, length) => product * length, 1);
  writeFileSync(path.join(root, `${name}.bin`), new Uint8Array(4 * size).fill(1));
  const file = path.join(root, `${name}.json`);
  writeFileSync(file, JSON.stringify(document));
  return file;
}

describe('shapes that nobody would choose, in the real trainer', () => {
  const REFUSED: ReadonlyArray<readonly [string, Shapes, RegExp]> = [
    ['an image of 2^40 values', { input: [2 ** 20, 2 ** 20, 1], layers: [conv()] }, /an input is too large/],
    [
      'an image of 2^62 values',
      { input: [LONGEST, LONGEST, 1], layers: [conv()] },
      /too large to be computed \(conv_input/,
    ],
    ['an image of 0 values', { input: [0, 0, 1], layers: [conv()] }, /does not say the shape of its input/],
    ['an image of -8', { input: [-1, -8, 1], layers: [conv()] }, /does not say the shape of its input/],
    [
      'strides of 2^33',
      { layers: [conv({ strides: [2 ** 33, 2 ** 33] })] },
      /strides cannot be run \(conv; expected .*; found 8589934592 × 8589934592\)/,
    ],
    ['strides of 0', { layers: [conv({ strides: [0, 0] })] }, /cannot be run here .*Conv2D/],
    ['strides of -1', { layers: [conv({ strides: [-1, -1] })] }, /cannot be run here .*Conv2D/],
    [
      'a dilation of 2^31',
      { layers: [conv({ dilation_rate: [LONGEST + 1, 1] })] },
      /dilations cannot be run \(conv; expected .*; found 2147483648 × 1\)/,
    ],
    [
      'a maximum over 2^31',
      { layers: [conv(), pool('MaxPooling2D', LONGEST + 1)] },
      /the size of a pooling window cannot be run \(it; expected .*; found 2147483648 × 2147483648\)/,
    ],
    ['0 filters', { layers: [conv({ filters: 0 })], kernel: [3, 3, 1, 0] }, /cannot be run here .*Conv2D/],
    ['-1 filters', { layers: [conv({ filters: -1 })] }, /cannot be run here .*Conv2D/],
    ['a window of 0', { layers: [conv(), pool('MaxPooling2D', 0)] }, /cannot be run here .*MaxPooling2D/],
    ['10^9 rows of padding', { layers: [pad(1e9, 1e9), conv()] }, /too large to be computed .*1000000008/],
    ['10^5 rows of padding', { layers: [pad(1e5, 1e5), conv()] }, /not enough memory .*\[4,100008,/],
    ['-9 rows of padding', { layers: [pad(-9, 0), conv()] }, /cannot be run here .*ZeroPadding2D/],
    [
      'pixels repeated 10^6 times',
      { layers: [layer('UpSampling2D', { size: [1e6, 1e6], interpolation: 'nearest' }), conv()] },
      /too large to be computed \(it; expected .*; found N × 8000000 × 8000000 × 1\)/,
    ],
    [
      'more cropped than there is',
      {
        layers: [
          layer('Cropping2D', {
            cropping: [
              [8, 8],
              [8, 8],
            ],
          }),
          conv(),
        ],
      },
      /the window is larger than its input/,
    ],
    [
      'a shape of 10^9 elements',
      { layers: [layer('Reshape', { target_shape: [-1, 1e9, 1] }), conv()] },
      /cannot be given this shape/,
    ],
  ];
  const RUN: ReadonlyArray<readonly [string, Shapes]> = [
    ['strides of 2^31 - 1', { layers: [conv({ strides: [LONGEST, LONGEST] })] }],
    ['a dilation of 2^31 - 1', { layers: [conv({ dilation_rate: [LONGEST, LONGEST] })] }],
    ['a maximum over 2^31 - 1', { layers: [conv(), pool('MaxPooling2D', LONGEST)] }],
    ['an average over 2^31 - 1', { layers: [conv(), pool('AveragePooling2D', LONGEST)] }],
    ['a dilation of 2^29', { layers: [conv({ dilation_rate: [2 ** 29, 2 ** 29] })] }],
    ['a dilation of 65536', { layers: [conv({ dilation_rate: [2 ** 16, 1] })] }],
    ['an average over 1024', { layers: [conv(), pool('AveragePooling2D', 2 ** 10)] }],
  ];

  it('are refused in a sentence or run, and the process lives on', async () => {
    const trainer = startTrainer(4 * GIB, 'kept');
    await verifyOnce(trainer, crafted({ layers: [conv()] }));
    const { pid } = trainer;
    for (const [name, shapes, words] of REFUSED) {
      const error = await failureOf(verifyOnce(trainer, crafted(shapes)));
      expect(error, name).toBeInstanceOf(CallError);
      expect(error.message, name).toMatch(words);
      expect((error as CallError).failure.kind, name).toBe('user');
      expect(error.message.length, name).toBeLessThan(600);
    }
    for (const [name, shapes] of RUN) {
      const result = await verifyOnce(trainer, crafted(shapes));
      expect({ name, maxRel: result.maxRel }).toEqual({ name, maxRel: 0 });
    }
    expect(trainer.pid).toBe(pid);
  });

  it('that fit the machine but not the limit end the process in a sentence; the next is answered', async () => {
    const trainer = startTrainer(1.5 * GIB);
    const file = crafted({ layers: [pad(2 ** 15, 2 ** 15), conv()] });
    const error = await failureOf(verifyOnce(trainer, file));
    expect(error).toBeInstanceOf(WorkerDied);
    expect(error.message).toMatch(
      /json: the trainer process ended: stopped, because it took \d\.\d GiB of memory; it may take 1\.5 GiB, the limit of this test$/,
    );
    expect((await verifyOnce(trainer, crafted({ layers: [conv()] }))).maxRel).toBe(0);
  });
});
