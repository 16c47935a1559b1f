/**
 * Random access to the bytes of one file. Synchronous: whoever parses files owns its process,
 * and HDF5 cannot be read otherwise.
 */
export interface ByteSource {
  /** What the user calls the file; used in errors and to recognise formats by extension. */
  readonly path: string;
  /** Size in bytes, as it was when the source was opened. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes at `offset`.
   * @throws CheckpointError if the range lies outside the file or the file has become shorter.
   */
  read(offset: number, length: number): Uint8Array;
  /**
   * Opens another file of the same folder, for formats of several files. Absent where there is no folder. The caller
   * closes it.
   * @param name relative, with forward slashes, as a checkpoint names it: hostile input
   * @throws CheckpointError if it is missing, or lies outside of the folder.
   */
  sibling?(name: string): ByteSource;
  close(): void;
}

/** Where a writer puts the bytes of one new file; whoever made it decides whether they are kept. */
export interface ByteSink {
  readonly path: string;
  /** Appends bytes. */
  write(bytes: Uint8Array): void;
  /**
   * A further new file beside this one, for formats of several files: all of them are kept, or none.
   * @param name of the file, without folder
   * @throws UserError if it exists and is not to be replaced.
   */
  sibling?(name: string): ByteSink;
  /** True if a file of that name is there already. Replacing it would break the checkpoint it belongs to if writing fails. */
  has?(name: string): boolean;
  /** Removes a file beside this one once all new files are in place: it belonged to the checkpoint that is replaced. */
  supersede?(name: string): void;
}
