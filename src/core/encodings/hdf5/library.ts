import type * as h5wasm from 'h5wasm';
import type { ByteSource } from '../../bytes';
import { CheckpointError, UserError } from '../../errors';
import { checkGlobalHeap } from './global-heap';

/**
 * Most memory the HDF5 library may take. Reads and writes go by slabs of 16 MiB; a damaged file can make
 * the library ask for gigabytes.
 */
const MAX_MEMORY = 240 * 1024 * 1024;

/** Folder of the library's in-memory file system where everything is mounted. */
const FOLDER = '/checkpoint';

/** errno EIO and EACCES of the library's C runtime. */
const EIO = 29;
const EACCES = 2;

/** Lowest and highest version of the format to write, as `H5F_libver_t` of HDF5 2.0; −1 is the library's own choice. */
const VERSIONS = { oldest: [0, 5], default: [-1, -1] } as const;

/** Opening makes the file and fails if it is there. */
const O_EXCL = 0x80;

/** The parts of Emscripten's file system that are used here. */
interface FileSystem {
  open(path: string, flags: unknown, mode?: number): Stream;
  close(stream: Stream): void;
  mkdir(path: string): unknown;
  writeFile(path: string, data: Uint8Array): void;
  unlink(path: string): void;
  lookupPath(path: string): { node: FileNode };
  ErrnoError: new (errno: number) => Error;
}
interface Stream {
  readonly fd: number | null;
}
interface FileNode {
  usedBytes: number;
  contents: Uint8Array | null;
  stream_ops: object;
}

/** The library's high-level half, and the C module under it. */
export type H5 = typeof h5wasm;
/** The C library, compiled to WebAssembly, once it has been loaded. */
export type H5Module = Awaited<H5['ready']>;

/** What reads from one mounted file. */
export interface Session {
  readonly h5: H5;
  readonly module: H5Module;
  readonly file: bigint;
}

/** A file that wants to be mounted; identity is the key. */
export interface Mountable {
  readonly source: ByteSource;
}

interface Mounted {
  readonly owner: Mountable;
  readonly name: string;
  readonly file: bigint;
}

let library: Promise<Hdf5Library> | undefined;
let broken = false;

/**
 * True once a damaged file has made the library trap: its state is undefined from then on and it refuses every file, so
 * whoever reads many files goes on in a new process or thread.
 */
export function hdf5IsBroken(): boolean {
  return broken;
}

/** The HDF5 library, loaded at first use. */
export function loadHdf5(): Promise<Hdf5Library> {
  library ??= import('h5wasm').then(async (h5) => new Hdf5Library(h5, await h5.ready));
  return library;
}

/**
 * The one instance of the HDF5 library of a process. At most one source file is mounted at a time, so no
 * file can reach another one; whoever reads next has its file mounted. The library's `open` is fenced:
 * it reaches what was mounted here and nothing else, whatever links or external storage a file names.
 */
export class Hdf5Library {
  private readonly fs: FileSystem;
  private readonly allowed = new Set<string>();
  private mounted: Mounted | undefined;
  private count = 0;
  /** Scratch files of the error handler, which leaves them open when it throws. */
  private scratch: Stream[] = [];
  private failure: unknown;
  /** What a file tried to open beside itself since the last look. */
  private reached: string | undefined;
  /** It was refused memory since the last look. */
  private starved = false;
  /** Bytes that the library has read of all files so far. */
  bytesRead = 0;

  constructor(
    private readonly h5: H5,
    private readonly module: H5Module,
  ) {
    this.fs = module.FS as unknown as FileSystem;
    this.fs.mkdir(FOLDER);
    this.fence();
    limitMemory(module, () => (this.starved = true));
    module.activate_throwing_error_handler();
  }

  /**
   * Runs `use` with the file open.
   * @throws CheckpointError for whatever the library or the file system says.
   */
  read<T>(owner: Mountable, use: (session: Session) => T): T {
    return this.guarded(owner.source.path, () => {
      if (this.mounted?.owner !== owner) this.mount(owner);
      const { mounted } = this;
      if (!mounted) throw new Error('nothing is mounted');
      return use({ h5: this.h5, module: this.module, file: mounted.file });
    });
  }

  /** Forgets a file; it is not read from here on. */
  release(owner: Mountable): void {
    if (this.mounted?.owner === owner) this.unmount();
  }

  /**
   * Builds a new file in memory and returns its bytes, which are the caller's.
   * @param form `oldest` as h5py writes it by default: every HDF5 reads it, and headers have no checksums
   */
  create(
    path: string,
    build: (session: Session) => void,
    form: keyof typeof VERSIONS = 'default',
  ): Uint8Array {
    const name = this.newName();
    this.allowed.add(name);
    try {
      this.guarded(path, () => {
        const [low, high] = VERSIONS[form];
        const file = this.module.open(name, this.module.H5F_ACC_TRUNC, false, low, high);
        try {
          build({ h5: this.h5, module: this.module, file });
        } finally {
          this.module.close_file(file);
        }
      });
      const { node } = this.fs.lookupPath(name);
      return (node.contents ?? new Uint8Array(0)).subarray(0, node.usedBytes);
    } finally {
      this.allowed.delete(name);
      this.remove(name);
    }
  }

  private newName(): string {
    this.count += 1;
    return `${FOLDER}/${this.count}`;
  }

  private mount(owner: Mountable): void {
    this.unmount();
    const name = this.newName();
    this.allowed.add(name);
    this.fs.writeFile(name, new Uint8Array(0));
    const { node } = this.fs.lookupPath(name);
    node.usedBytes = owner.source.size;
    node.stream_ops = {
      ...node.stream_ops,
      read: this.reader(owner.source),
      write: undefined,
      mmap: undefined,
    };
    try {
      const file = this.module.open(name, this.module.H5F_ACC_RDONLY, false, -1, -1);
      this.mounted = { owner, name, file };
    } catch (error) {
      this.allowed.delete(name);
      this.remove(name);
      throw error;
    }
  }

  private unmount(): void {
    const { mounted } = this;
    if (!mounted) return;
    this.mounted = undefined;
    this.allowed.delete(mounted.name);
    try {
      this.module.close_file(mounted.file);
    } catch {
      // A damaged file may not close; its node goes anyway, and its name is never used again.
    }
    this.remove(mounted.name);
  }

  private remove(name: string): void {
    try {
      this.fs.unlink(name);
    } catch {
      // It was never made.
    }
  }

  /** `read` of the mounted node: a range of the source. An error is kept and told to C as EIO. */
  private reader(source: ByteSource) {
    return (
      _stream: unknown,
      buffer: Int8Array,
      offset: number,
      length: number,
      position: number,
    ): number => {
      const size = Math.min(length, source.size - position);
      if (size <= 0) return 0;
      try {
        const bytes = source.read(position, size);
        checkGlobalHeap(source, position, bytes);
        this.bytesRead += size;
        buffer.set(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), offset);
        return size;
      } catch (error) {
        this.failure = error;
        throw new this.fs.ErrnoError(EIO);
      }
    };
  }

  private fence(): void {
    const open = this.fs.open.bind(this.fs);
    this.fs.open = (path, flags, mode) => {
      if (typeof path !== 'string' || this.allowed.has(path)) return open(path, flags, mode);
      if (isScratch(path, flags)) {
        const stream = open(path, flags, mode);
        this.scratch.push(stream);
        return stream;
      }
      this.reached = path;
      throw new this.fs.ErrnoError(EACCES);
    };
  }

  private guarded<T>(path: string, action: () => T): T {
    if (broken) throw new CheckpointError(BROKEN, { path });
    this.failure = undefined;
    this.reached = undefined;
    this.starved = false;
    try {
      return action();
    } catch (error) {
      throw this.explained(error, path);
    }
  }

  private explained(error: unknown, path: string): unknown {
    for (const stream of this.scratch.splice(0)) if (stream.fd !== null) this.fs.close(stream);
    const { failure, reached } = this;
    if (error instanceof WebAssembly.RuntimeError) {
      // The library's own state is undefined after a trap.
      broken = true;
      return new CheckpointError('the file is damaged: the HDF5 library gave up on it', { path });
    }
    if (error instanceof UserError) return error;
    if (failure instanceof UserError) return failure;
    if (this.starved) {
      return new CheckpointError('the file has a block that takes too much memory', {
        path,
        expected: `at most ${MAX_MEMORY} bytes while it is unpacked`,
      });
    }
    if (reached !== undefined) {
      return new CheckpointError('the file takes data from another file, which is refused', {
        path,
        found: `external storage "${printable(reached)}"`,
      });
    }
    return new CheckpointError('the HDF5 structure is damaged', { path, found: message(error) });
  }
}

/** The error handler formats its text in a new temporary file of the in-memory system. */
function isScratch(path: string, flags: unknown): boolean {
  return path.startsWith('/tmp/tmpfile_') && typeof flags === 'number' && (flags & O_EXCL) !== 0;
}

const BROKEN = 'the HDF5 library stopped at a damaged file before; start this program again';

/** First line of the library's error stack, without its memory addresses. */
function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text.split('\n').at(0) ?? '');
}

/** Text of a file, fit for one line of a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, 200);
}

/** Refuses growth of this library's memory, and only of this one, beyond the limit. */
function limitMemory(module: H5Module, onRefused: () => void): void {
  const grow: (this: WebAssembly.Memory, delta: number) => number = Reflect.get(
    WebAssembly.Memory.prototype,
    'grow',
  );
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, delta: number): number {
    const { buffer } = this;
    if (buffer === module.HEAPU8.buffer && buffer.byteLength + delta * 65536 > MAX_MEMORY) {
      onRefused();
      throw new RangeError('the HDF5 library may not take more memory');
    }
    return grow.call(this, delta);
  };
}
