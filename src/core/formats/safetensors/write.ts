import type { ByteSink } from '../../bytes';
import type { Content } from '../../checkpoint';
import { UnsupportedError } from '../../errors';
import { writeJson, type JsonObject } from '../../encodings/json';
import { BYTES } from '../../tensor/dtype';
import { sizeOf } from '../../tensor/tensor';
import { writtenDict } from '../state-dict/entries';
import { writeNotes } from '../state-dict/notes';
import type { KnownDict } from '../state-dict/opened';
import { writeModule } from '../state-dict/python/write-module';
import { DTYPE_NAMES, LENGTH_BYTES } from './header';

/**
 * Writes a safetensors file; of a sharded one all tensors in one file. Metadata is kept.
 * @param metadata of the file that was read
 * @throws UnsupportedError if the output is an index.
 */
export function writeSafetensors(
  content: Content,
  known: KnownDict,
  metadata: ReadonlyMap<string, string>,
  sink: ByteSink,
): Promise<void> {
  if (sink.path.toLowerCase().endsWith('.json')) {
    throw new UnsupportedError('all tensors are written in one file, not in several with an index', {
      path: sink.path,
      expected: '.safetensors',
    });
  }
  const written = writtenDict(content, known);
  const { entries } = written;
  // Wide elements first, as the reference implementation does: every tensor then lies aligned.
  const tensors = [...entries].sort(([, a], [, b]) => BYTES[b.dtype] - BYTES[a.dtype]);
  const kept = [...metadata].filter(([name]) => name !== 'acnet');
  const notes = writeNotes(written.notes);
  const noted = notes === undefined ? [] : [['acnet', notes]];
  const header: Record<string, JsonObject> = {
    __metadata__: Object.fromEntries([...kept, ...noted]) as JsonObject,
  };
  let at = 0;
  for (const [key, { dtype, shape }] of tensors) {
    const end = at + sizeOf(shape) * BYTES[dtype];
    header[key] = { dtype: DTYPE_NAMES[dtype], shape, data_offsets: [at, end] };
    at = end;
  }
  const text = new TextEncoder().encode(writeJson(header));
  const padded = new Uint8Array(Math.ceil(text.length / LENGTH_BYTES) * LENGTH_BYTES).fill(0x20);
  padded.set(text);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  sink.write(length);
  sink.write(padded);
  for (const [, tensor] of tensors) sink.write(tensor.readBytes());
  writeModule(content, known, written, sink, undefined);
  return Promise.resolve();
}
