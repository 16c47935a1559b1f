/** Entry of the threads that read and decode image files. Bundled into the text that `threads.ts` starts them with. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { DataError, UserError } from '../../../core/errors';
import type { Picture } from '../dataset';
import { decodeImage, decodingMemory, MAX_FILE } from '../decode';
import { fitPicture, type InputSize } from '../resize';
import { through } from './gate';
import type { DecodingFailure, DecodingReply, DecodingRequest, DecodingThreadData } from './messages';

const { gate, owner } = workerData as DecodingThreadData;

/** The calling thread may be busy for a long time: everything is answered in the order it was asked. */
let last = Promise.resolve();

parentPort?.on('message', (request: DecodingRequest) => {
  last = last.then(async () => {
    const reply = await replyTo(request);
    const buffers = 'pictures' in reply ? [reply.pictures.pixels.buffer as ArrayBuffer] : [];
    parentPort?.postMessage(reply, buffers);
  });
});

async function replyTo({ id, files, size }: DecodingRequest): Promise<DecodingReply> {
  try {
    return { id, pictures: size ? await fitted(files, size) : copied(await decodeFile(files[0])) };
  } catch (error) {
    return { id, ...failureOf(error) };
  }
}

async function fitted(
  files: readonly string[],
  size: InputSize,
): Promise<InputSize & { readonly pixels: Uint8Array }> {
  const { height, width, channels } = size;
  const elements = height * width * channels;
  const pixels = new Uint8Array(files.length * elements);
  for (const [i, file] of files.entries()) {
    const bytes = bytesOf(file);
    const fit = async (): Promise<Uint8Array> => fitPicture(await decodeImage(bytes, file), size);
    pixels.set(await through(gate, owner, decodingMemory(bytes), fit), i * elements);
  }
  return { height, width, channels, pixels };
}

/** A decoder may hand out a view of more memory than the picture has. */
function copied(picture: Picture): Picture {
  return { ...picture, pixels: picture.pixels.slice() };
}

async function decodeFile(file: string): Promise<Picture> {
  const bytes = bytesOf(file);
  return through(gate, owner, decodingMemory(bytes), () => decodeImage(bytes, file));
}

/** Without O_NONBLOCK opening a named pipe would wait for a writer that never comes. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Read synchronously: nothing else waits in this thread, and it takes a fifth of the time. */
function bytesOf(file: string): Uint8Array {
  let fd: number | undefined;
  try {
    fd = openSync(file, FLAGS);
    const facts = fstatSync(fd);
    if (!facts.isFile()) throw new DataError('an image cannot be read', { path: file, found: 'no file' });
    if (facts.size > MAX_FILE) {
      const detail = { found: `${facts.size} bytes`, expected: `${MAX_FILE} bytes` };
      throw new DataError('the image file is too large', { path: file, ...detail });
    }
    return readFileSync(fd);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new DataError('an image cannot be read', { path: file, found: code });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function failureOf(error: unknown): DecodingFailure {
  if (error instanceof UserError) {
    return { message: error.message, user: { summary: error.summary, detail: error.detail } };
  }
  if (error instanceof Error) return { message: error.message, stack: error.stack };
  return { message: String(error) };
}
