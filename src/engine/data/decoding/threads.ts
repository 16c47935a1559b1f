import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { DataError } from '../../../core/errors';
import type { Picture } from '../dataset';
import type { InputSize } from '../resize';
import { leave, makeGate } from './gate';
import type { DecodingFailure, DecodingReply, DecodingRequest, DecodingThreadData } from './messages';
import decoding from './thread.ts?bundle';

/** Most threads: beyond them files come no faster. */
const MOST = 4;

/** Least files that a thread is given at once: fewer are not worth a message. */
const SHARE = 16;

type Pictures = Extract<DecodingReply, { pictures: unknown }>['pictures'];

interface Asked {
  readonly resolve: (pictures: Pictures) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Image files decoded and made to fit, in order, by threads beside this one: the thread that runs networks is never
 * held up by them, and they work on while it is inside a call of TensorFlow. The process does not live for them.
 * @throws DataError naming the first file that cannot be read or decoded.
 */
export async function decodeFiles(files: readonly string[], size: InputSize): Promise<Uint8Array[]> {
  if (files.length === 0) return [];
  const elements = size.height * size.width * size.channels;
  const parts = partsOf(files);
  const replies = await Promise.allSettled(parts.map((part, i) => threads[i].ask(part, size)));
  return replies.flatMap((reply, i) => {
    if (reply.status === 'rejected') throw reply.reason;
    const { pixels } = reply.value;
    return parts[i].map((_, place) => pixels.subarray(place * elements, (place + 1) * elements));
  });
}

/** One image file as it is. @throws DataError naming it when it cannot be read or decoded. */
export async function decodeFile(file: string): Promise<Picture> {
  const { height, width, channels, pixels } = await threads[0].ask([file]);
  return { height, width, channels: channels === 1 ? 1 : 3, pixels };
}

/** Equal shares, one per thread, in order. */
function partsOf(files: readonly string[]): string[][] {
  const count = Math.min(threads.length, Math.ceil(files.length / SHARE));
  const length = Math.ceil(files.length / count);
  return Array.from({ length: count }, (_, i) => files.slice(i * length, (i + 1) * length));
}

const gate = makeGate();
let owners = 0;

/** A thread that is started with its first request. While it has none it does not keep the process alive. */
export class DecodingThread {
  private worker?: Worker;
  private asked = new Map<number, Asked>();
  private requests = 0;
  private readonly owner = ++owners;

  /** @param script what the thread runs */
  constructor(private readonly script: string = decoding) {}

  /** @throws DataError for a file, Error when the thread dies. */
  ask(files: readonly string[], size?: InputSize): Promise<Pictures> {
    return new Promise((resolve, reject) => {
      const worker = (this.worker ??= this.start());
      const request: DecodingRequest = { id: this.requests++, files, size };
      this.asked.set(request.id, { resolve, reject });
      worker.ref();
      worker.postMessage(request);
    });
  }

  private start(): Worker {
    // No options of the main thread's: a loader or an inspector of its would come along.
    const workerData: DecodingThreadData = { gate, owner: this.owner };
    const worker = new Worker(this.script, { eval: true, name: 'decoding', execArgv: [], workerData });
    worker.on('message', (reply: DecodingReply) => this.take(worker, reply));
    worker.on('error', (error) => this.end(worker, error));
    worker.on('exit', (code) => this.end(worker, new Error(`the decoding thread ended with ${code}`)));
    return worker;
  }

  private take(worker: Worker, reply: DecodingReply): void {
    const asked = this.asked.get(reply.id);
    this.asked.delete(reply.id);
    if (this.asked.size === 0) worker.unref();
    if ('pictures' in reply) asked?.resolve(reply.pictures);
    else asked?.reject(errorOf(reply));
  }

  /** What a dead thread was asked fails; the next request starts another. */
  private end(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    leave(gate, this.owner);
    this.worker = undefined;
    const { asked } = this;
    this.asked = new Map();
    for (const { reject } of asked.values()) reject(error);
  }
}

function errorOf({ message, user, stack }: DecodingFailure): Error {
  if (user) return new DataError(user.summary, user.detail);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** One processor is left to the thread that runs networks. */
const threads = Array.from(
  { length: Math.max(1, Math.min(MOST, availableParallelism() - 1)) },
  () => new DecodingThread(),
);
