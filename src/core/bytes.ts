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
   * @param replaces true if a file of that name is this one's own and goes where replacing was asked for; otherwise none
   *   may be there
   * @throws UserError if it exists and is not to be replaced.
   */
  sibling?(name: string, replaces?: boolean): ByteSink;
  /**
   * True if no file has that name, and no other checkpoint of the folder calls a file of its own by it: given such a file
   * it would silently be another network.
   */
  isFree?(name: string): boolean;
  /** What has been written so far, with the further files, before it is put in its place. The caller closes it. */
  written?(): ByteSource;
  /** Opens the file of that name that is there already; undefined if there is none, or it is a link or device. */
  existing?(name: string): ByteSource | undefined;
}
