import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One program that takes training steps, in a process of its own. */
export interface Contender {
  /** With its version. */
  readonly name: string;
  /** Rate of the largest matrix product, in operations per second, if it measured that. */
  readonly ceiling?: number;
  /** Seconds of each step of one round. */
  round(): Promise<readonly number[]>;
  /** Most memory it ever held, in bytes, once it did a round. */
  readonly memory: number;
  stop(): void;
}

const ENVIRONMENT = {
  KERAS_BACKEND: 'tensorflow',
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_NUM_INTRAOP_THREADS: '2',
  TF_NUM_INTEROP_THREADS: '2',
  CUDA_VISIBLE_DEVICES: '',
  PYTHONDONTWRITEBYTECODE: '1',
};

/** As ours is run; by itself TensorFlow leaves these kernels off on a processor without AVX-512, and takes twice the time. */
const ONEDNN = { TF_ENABLE_ONEDNN_OPTS: '1' };

/**
 * Starts a program that prints one line of JSON when it is ready, and one for each line on its standard input.
 * @param asItComes TensorFlow is left to choose its kernels
 * @throws Error when it ends before that
 */
export async function startContender(
  command: string,
  args: readonly string[],
  asItComes = false,
): Promise<Contender> {
  const env = { ...process.env, ...ENVIRONMENT, ...(asItComes ? {} : ONEDNN) };
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-2000)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, unknown>> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${command} ${args.join(' ')} ended before its time:\n${complaint}`);
    return JSON.parse(line.value) as Record<string, unknown>;
  };
  const ready = await read();
  let memory = NaN;
  return {
    name: String(ready.name),
    ceiling: typeof ready.ceiling === 'number' ? ready.ceiling : undefined,
    async round() {
      child.stdin.write('go\n');
      const answer = await read();
      memory = Number(answer.memory);
      return answer.seconds as number[];
    },
    get memory() {
      return memory;
    },
    stop: () => child.stdin.end(),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
