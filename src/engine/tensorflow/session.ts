import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UnsupportedError } from '../../core/errors';
import { sizeOf, type Shape } from '../../core/tensor/tensor';
import type { Result } from '../backend';
import type { LoadedNative } from '../native/load';
import type { GraphBuilder, Signature } from './graph-def';

/** One tensor that goes in. The values may be reused after the call. */
export interface Feed {
  readonly shape: Shape;
  readonly values: Float32Array | Int32Array;
}

/**
 * A TensorFlow graph with its session and variables. tfjs-node's addon keeps the input's memory instead of copying
 * it, so a graph must copy what it wants to keep (`DeepCopy`).
 */
export class GraphSession<S extends string> {
  /** Calls made into TensorFlow's session. */
  calls = 0;
  private readonly id: number;
  private open = true;

  constructor(
    private readonly binding: LoadedNative['binding'],
    graph: GraphBuilder,
    private readonly signatures: Readonly<Record<S, Signature>>,
  ) {
    // A folder of its own, read once: TensorFlow keeps nothing of it after loading.
    const folder = mkdtempSync(path.join(tmpdir(), 'acnet-plan-'));
    try {
      writeFileSync(path.join(folder, 'saved_model.pb'), graph.savedModel(signatures));
      this.id = native(() => binding.loadSavedModel(folder, 'serve'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /**
   * One session call.
   * @param feeds by the signature's names; those left out are not fed
   * @param fetches the signature's names of what to fetch: all of them when absent
   * @throws UnsupportedError when TensorFlow refuses it, or has no memory for it
   */
  run(signature: S, feeds: ReadonlyMap<string, Feed>, fetches?: readonly string[]): Result[] {
    const { inputs, outputs } = this.signatures[signature];
    if (!this.open) throw new Error('the session has been disposed');
    const wanted = (fetches ?? [...outputs.keys()]).map((name) => listed(outputs, name));
    if (wanted.length === 0) return [];
    const fed: number[] = [];
    try {
      for (const [name, feed] of feeds) fed.push(this.upload(name, feed));
      this.calls++;
      const names = [...feeds.keys()].map((name) => listed(inputs, name)).join(',');
      const fetched = native(() => this.binding.runSavedModel(this.id, fed, names, wanted.join(',')));
      return fetched.map(({ id, shape }) => this.download(id, shape));
    } finally {
      fed.forEach((id) => this.binding.deleteTensor(id));
    }
  }

  dispose(): void {
    if (this.open) this.binding.deleteSavedModel(this.id);
    this.open = false;
  }

  private upload(name: string, { shape, values }: Feed): number {
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(`${name}: ${values.length} values were given for [${shape.join(', ')}]`);
    }
    const dtype = values instanceof Int32Array ? this.binding.TF_INT32 : this.binding.TF_FLOAT;
    return this.binding.createTensor([...shape], dtype, values);
  }

  private download(id: number, shape: readonly number[]): Result {
    const values = this.binding.tensorDataSync(id) as Float32Array;
    this.binding.deleteTensor(id);
    return { shape, values };
  }
}

/** Longer ones print whole tensors and graphs. */
const SHOWN_CHARACTERS = 300;

/** A file can ask for what no machine has, or for what TensorFlow does not take. */
function native<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const found = said.replace(/^(Session fail to run with error|Failed to load SavedModel): /, '');
    const lacking = /OOM when allocating tensor with shape(\[[\d,]*\])/.exec(said)?.[1];
    if (lacking !== undefined) {
      throw new UnsupportedError('there is not enough memory to run this network', {
        found: `a value of ${lacking}`,
      });
    }
    throw new UnsupportedError('TensorFlow refuses to run this network', {
      found: found.slice(0, SHOWN_CHARACTERS),
    });
  }
}

function listed(tensors: ReadonlyMap<string, string>, name: string): string {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`${name}: the session has nothing of this name`);
  return tensor;
}
