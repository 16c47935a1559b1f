import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Offset of the end-of-file address by superblock version, with 8-byte addresses. */
const END_ADDRESS: Readonly<Record<number, number>> = { 0: 40, 1: 44, 2: 28, 3: 28 };

/** True if the bytes start as an HDF5 file does. */
export function isHdf5(source: ByteSource): boolean {
  if (source.size < SIGNATURE.length) return false;
  const head = source.read(0, SIGNATURE.length);
  return SIGNATURE.every((byte, i) => head[i] === byte);
}

/**
 * Checks the head before the library sees the file.
 * @throws CheckpointError if it is not an HDF5 file or ends before the end it declares.
 */
export function checkSuperblock(source: ByteSource): void {
  const { path } = source;
  if (!isHdf5(source)) throw new CheckpointError('this is not an HDF5 file', { path });
  const head = source.read(0, Math.min(64, source.size));
  const version = head[8];
  const where = version === undefined ? undefined : END_ADDRESS[version];
  if (version === undefined || where === undefined) {
    throw new CheckpointError('this HDF5 version is unknown', {
      path,
      found: `superblock version ${version}`,
      expected: '0 to 3',
    });
  }
  const addressSize = version < 2 ? head[13] : head[9];
  if (addressSize !== 8 || head.length < where + 8) {
    if (head.length < where + 8) throw new CheckpointError('the file is truncated', { path });
    return;
  }
  const end = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(where, true));
  if (end > source.size) {
    throw new CheckpointError('the file is truncated', {
      path,
      found: `${source.size} bytes`,
      expected: `${end} bytes`,
    });
  }
}
