/** Entry of the threads that read and decode image files. Bundled into the text that `threads.ts` starts them with. */
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { DataError, UserError } from '../../../core/errors';
import type { Picture } from '../dataset';
import { decodeImage } from '../decode';
import { fitPicture, type InputSize } from '../resize';
import type { DecodingFailure, DecodingReply, DecodingRequest } from './messages';

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
    pixels.set(fitPicture(await decodeFile(file), size), i * elements);
  }
  return { height, width, channels, pixels };
}

/** A decoder may hand out a view of more memory than the picture has. */
function copied(picture: Picture): Picture {
  return { ...picture, pixels: picture.pixels.slice() };
}

async function decodeFile(file: string): Promise<Picture> {
  return decodeImage(bytesOf(file), file);
}

/** Read synchronously: nothing else waits in this thread, and it takes a fifth of the time. */
function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new DataError('an image cannot be read', {
      path: file,
      found: (error as NodeJS.ErrnoException).code,
    });
  }
}

function failureOf(error: unknown): DecodingFailure {
  if (error instanceof UserError) {
    return { message: error.message, user: { summary: error.summary, detail: error.detail } };
  }
  if (error instanceof Error) return { message: error.message, stack: error.stack };
  return { message: String(error) };
}
