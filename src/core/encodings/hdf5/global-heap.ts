import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';

/** "GCOL": a collection of objects of varying length, such as the texts of attributes. */
const SIGNATURE = 0x4c4f4347;
const HEADER = 16;
const ALIGNMENT = 8;

/**
 * Checks a block that the library reads, if it is a global heap: the library walks from object to object and never ends
 * where a size runs over.
 * Source: HDF5 File Format Specification 3.0, III.E.
 * @param position of the block in the file
 * @throws CheckpointError if an object reaches beyond its collection.
 */
export function checkGlobalHeap(source: ByteSource, position: number, block: Uint8Array): void {
  if (block.length < HEADER) return;
  const head = new DataView(block.buffer, block.byteOffset, block.length);
  if (head.getUint32(0, true) !== SIGNATURE) return;
  const size = Number(head.getBigUint64(8, true));
  const refused = (at: number, what: string): CheckpointError =>
    new CheckpointError('the HDF5 structure is damaged', {
      path: source.path,
      where: `global heap at ${position}, byte ${at}`,
      found: what,
    });
  if (size < HEADER || position + size > source.size) throw refused(8, `a size of ${size} bytes`);
  const bytes = size <= block.length ? block : source.read(position, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  for (let at = HEADER; at + HEADER <= size;) {
    const length = Number(view.getBigUint64(at + 8, true));
    // Index 0 is the free space behind the last object; its size includes its own header.
    const free = view.getUint16(at, true) === 0;
    const step = free ? length : HEADER + Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    if (step < HEADER || at + step > size) throw refused(at, `an object of ${length} bytes`);
    at += step;
  }
}
