import type { ByteSink, ByteSource } from '../../src/core/bytes';
import type { Checkpoint } from '../../src/core/checkpoint';
import { CheckpointError } from '../../src/core/errors';
import { region } from '../../src/core/encodings/region';
import { writeCheckpoint } from '../../src/core/formats/registry';

/** The files of one checkpoint, in memory. */
export interface FileSet {
  /** Name of the file that is opened. */
  readonly main: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** How a file is built, so that a mutation can reach into it. */
export type Structure =
  'zip' | 'hdf5' | 'json' | 'protobuf' | 'pickle' | 'safetensors' | 'text' | 'png' | 'bytes';

/** A whole checkpoint, or whole data, that readers accept; what is examined are mutations of it. */
export interface Seed extends FileSet {
  readonly name: string;
  /** Of the main file. */
  readonly structure: Structure;
  /** Images and labels: what is opened of them, a file or `.` for their folder. Absent of a checkpoint. */
  readonly data?: string;
}

/** A file of the set, with the others beside it. */
export function sourceOf({ main, files }: FileSet): ByteSource {
  const bytes = files.get(main);
  if (!bytes) throw new CheckpointError('no such file', { path: main });
  const whole: ByteSource = {
    path: main,
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
  // The region refuses ranges beyond the file, as a file on a disk does.
  return {
    ...region(whole, 0, bytes.length),
    sibling: (name) => sourceOf({ main: name, files }),
  };
}

/** What a checkpoint is written as. */
export async function written(checkpoint: Checkpoint, main: string): Promise<FileSet> {
  const parts = new Map<string, Uint8Array[]>();
  const sink = (path: string): ByteSink => {
    const chunks: Uint8Array[] = [];
    parts.set(path, chunks);
    return { path, write: (bytes) => void chunks.push(bytes.slice()), sibling: sink };
  };
  await writeCheckpoint(checkpoint, sink(main));
  const files = [...parts].map(([name, chunks]) => [name, new Uint8Array(Buffer.concat(chunks))] as const);
  return { main, files: new Map(files) };
}
