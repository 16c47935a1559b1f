import type { Metadata } from 'h5wasm';
import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { DEFLATED, mostUnpacked, type Proportion } from '../../proportion';
import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf, type Shape } from '../../tensor/tensor';
import { readAttributes, type Attributes } from './attributes';
import { loadHdf5, printable, type Hdf5Library, type Session } from './library';
import { checkSuperblock } from './superblock';
import { toFloat32 } from '../../tensor/decode';

/** Most groups and data sets of one file; the largest checkpoints have some thousands. */
const MAX_OBJECTS = 100_000;
/** Deepest nesting of groups; hard links can make a group its own child. */
const MAX_DEPTH = 32;
/** Best ratio that deflate reaches: data that declares more is not there. */
const MAX_RATIO = 1032;
/** What compressed data may become; the library takes memory beside it. */
const UNPACKED: Proportion = { ...DEFLATED, free: 48 * 1024 * 1024 };
/** What the library may have kept of a file from before, and so does not read again: its cache of chunks. */
const CACHED = 4 * 1024 * 1024;
/** Filters that the library decodes by itself: deflate, shuffle, Fletcher's checksum. Others are code from elsewhere. */
const FILTERS: readonly number[] = [1, 2, 3];
/** Bytes read at a time. */
const SLAB = 16 * 1024 * 1024;

/** A data set of numbers. */
export interface Hdf5Dataset {
  /** Without leading slash. */
  readonly path: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements as they are, little-endian, row-major. */
  readBytes(): Uint8Array;
  /** Elements as float32. */
  readFloat32(): Float32Array;
}

/**
 * An HDF5 file read by range. Opening walks all groups and refuses every way out of the file (soft and
 * external links, external storage, virtual data sets) and sizes that the file cannot hold.
 */
export class Hdf5File {
  /** Data sets of numbers by path, in the file's order. Others (text, references) are left out. */
  readonly datasets = new Map<string, Hdf5Dataset>();
  /** Groups by path, the root as ''. */
  readonly groups = new Map<string, readonly string[]>();
  private readonly attributes = new Map<string, Attributes>();
  private declared = 0;
  private unpacked = 0;
  private closed = false;

  private constructor(
    private readonly library: Hdf5Library,
    readonly source: ByteSource,
  ) {}

  /** Opens a file. The source stays the caller's. @throws CheckpointError */
  static async open(source: ByteSource): Promise<Hdf5File> {
    checkSuperblock(source);
    const file = new Hdf5File(await loadHdf5(), source);
    try {
      file.session((session) => file.walk(session, '', 0));
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  /** Attributes of a group, numbers and strings; others are left out. */
  attributesOf(path: string): Attributes {
    let attributes = this.attributes.get(path);
    if (!attributes) {
      attributes = this.groups.has(path)
        ? this.session((session) => readAttributes(session, `/${path}`, this.source))
        : {};
      this.attributes.set(path, attributes);
    }
    return attributes;
  }

  /** Data sets below a group, in the file's order. */
  below(group: string): Hdf5Dataset[] {
    return [...this.datasets.values()].filter(({ path }) => path.startsWith(`${group}/`));
  }

  close(): void {
    this.closed = true;
    this.library.release(this);
  }

  private session<T>(use: (session: Session) => T): T {
    if (this.closed) throw new CheckpointError('the file is closed already', { path: this.source.path });
    return this.library.read(this, use);
  }

  private walk(session: Session, group: string, depth: number): void {
    const names = session.module.get_names(session.file, `/${group}`, false);
    this.groups.set(group, names);
    for (const name of names) {
      const path = group ? `${group}/${name}` : name;
      this.refuseLinks(session, path);
      this.visit(session, path, depth + 1);
    }
  }

  private visit(session: Session, path: string, depth: number): void {
    const { module, file } = session;
    if (depth > MAX_DEPTH || this.groups.size + this.datasets.size > MAX_OBJECTS) {
      throw this.refusal('the file has too many or too deeply nested groups', path, {
        expected: `at most ${MAX_OBJECTS} objects in ${MAX_DEPTH} levels`,
      });
    }
    const type = module.get_type(file, `/${path}`);
    if (type === module.H5G_GROUP) this.walk(session, path, depth);
    else if (type === module.H5G_DATASET) this.addDataset(session, path);
  }

  private refuseLinks({ module, file }: Session, path: string): void {
    const soft = module.get_symbolic_link(file, `/${path}`) as string | null;
    if (typeof soft === 'string') {
      throw this.refusal('soft links are refused', path, { found: `a link to "${printable(soft)}"` });
    }
    const external = module.get_external_link(file, `/${path}`) as { filename?: string };
    if (typeof external.filename === 'string') {
      throw this.refusal('external links are refused', path, {
        found: `a link to "${printable(external.filename)}"`,
      });
    }
  }

  private addDataset(session: Session, path: string): void {
    const { module, file } = session;
    const metadata = module.get_dataset_metadata(file, `/${path}`);
    if (metadata.virtual_sources) {
      throw this.refusal('virtual data sets are refused', path, { found: 'data mapped from elsewhere' });
    }
    const dtype = dtypeOf(session, path, metadata);
    if (dtype === undefined || metadata.shape === null) return;
    const shape = metadata.shape;
    const filtered = this.checkFilters(session, path, metadata);
    this.checkSize(path, metadata, sizeOf(shape) * BYTES[dtype], filtered);
    if (metadata.chunks === null && sizeOf(shape) > 0)
      this.readSlab(
        session,
        path,
        shape.map(() => [0, 1]),
        metadata.size,
      );
    const place = { path, width: metadata.size, filtered };
    const readBytes = (): Uint8Array => this.session((now) => this.readAll(now, shape, place));
    this.datasets.set(path, {
      path,
      dtype,
      shape,
      readBytes,
      readFloat32: () => toFloat32(readBytes(), dtype),
    });
  }

  /** @returns whether the data are compressed or otherwise filtered */
  private checkFilters({ module, file }: Session, path: string, { chunks }: Metadata): boolean {
    const filters = chunks ? module.get_dataset_filters(file, `/${path}`) : [];
    const unknown = filters.find(({ id }) => !FILTERS.includes(id));
    if (unknown) {
      throw this.refusal('the data are compressed in a way that is not read', path, {
        found: `filter ${unknown.id}${unknown.name ? ` (${printable(unknown.name)})` : ''}`,
        expected: 'deflate, shuffle, fletcher32',
      });
    }
    return filters.length > 0;
  }

  /** Data that is stored as it is cannot be larger than the file; compressed data may be so many times as large. */
  private checkSize(path: string, metadata: Metadata, bytes: number, filtered: boolean): void {
    const room = filtered ? mostUnpacked(this.source.size, UNPACKED) : this.source.size;
    const total = filtered ? (this.unpacked += bytes) : (this.declared += bytes);
    if (total <= room) return;
    throw this.refusal('data sets declare more than the file holds', path, {
      found: `${metadata.shape?.join(' × ')} values, ${total} bytes`,
      expected: `at most ${room} bytes`,
    });
  }

  /** Slab by slab; filtered data that come from next to nothing are refused at the first. */
  private readAll(session: Session, shape: Shape, { path, width, filtered }: Place): Uint8Array {
    const total = sizeOf(shape) * width;
    if (total === 0) return new Uint8Array(0);
    const [length] = shape;
    if (length === undefined) return this.readSlab(session, path, [], width);
    const before = this.library.bytesRead;
    const row = sizeOf(shape.slice(1)) * width;
    const rows = Math.max(1, Math.floor(SLAB / row));
    const out = new Uint8Array(total);
    for (let start = 0; start < length; start += rows) {
      const count = Math.min(rows, length - start);
      const ranges = shape.map((size, axis): [number, number] => (axis === 0 ? [start, count] : [0, size]));
      const slab = this.readSlab(session, path, ranges, width);
      if (filtered) this.checkRatio(path, (start + count) * row, this.library.bytesRead - before);
      out.set(slab, start * row);
    }
    return out;
  }

  private checkRatio(path: string, decoded: number, stored: number): void {
    if (decoded <= CACHED + stored * MAX_RATIO) return;
    throw this.refusal('a data set declares more than is stored of it', path, {
      found: `${decoded} bytes of ${stored}`,
      expected: `at most ${MAX_RATIO} times as much`,
    });
  }

  /** Reads a block given as offset and count on each axis; [] reads a scalar. */
  private readSlab(
    { module, file }: Session,
    path: string,
    ranges: readonly (readonly [number, number])[],
    width: number,
  ): Uint8Array {
    const bytes = ranges.reduce((product, [, count]) => product * count, width);
    const pointer = Number((module as unknown as { _malloc(n: number): number })._malloc(bytes));
    if (pointer === 0) {
      throw this.refusal('a block is too large to read', path, { found: `${bytes} bytes` });
    }
    try {
      const block = ranges.length > 0;
      module.get_dataset_data(
        file,
        `/${path}`,
        block ? ranges.map(([, count]) => BigInt(count)) : null,
        block ? ranges.map(([offset]) => BigInt(offset)) : null,
        block ? ranges.map(() => 1n) : null,
        BigInt(pointer),
      );
      return module.HEAPU8.slice(pointer, pointer + bytes);
    } finally {
      (module as unknown as { _free(p: number): void })._free(pointer);
    }
  }

  private refusal(
    summary: string,
    path: string,
    detail: { found?: string; expected?: string },
  ): CheckpointError {
    return new CheckpointError(summary, { path: this.source.path, where: printable(path), ...detail });
  }
}

/** A data set, and how its elements lie in the file. */
interface Place {
  readonly path: string;
  /** Bytes of one element. */
  readonly width: number;
  readonly filtered: boolean;
}

/** HDF5 type classes. */
const INTEGER = 0;
const FLOAT = 1;
const OPAQUE = 5;
const ENUM = 8;

const INTEGERS: Readonly<Record<number, readonly [DType, DType]>> = {
  1: ['int8', 'uint8'],
  2: ['int16', 'uint16'],
  4: ['int32', 'uint32'],
  8: ['int64', 'uint64'],
};
const FLOATS: Readonly<Record<number, DType>> = { 2: 'float16', 4: 'float32', 8: 'float64' };

function dtypeOf(session: Session, path: string, { type, size, signed }: Metadata): DType | undefined {
  if (type === FLOAT) return FLOATS[size];
  if (type === INTEGER) return INTEGERS[size]?.[signed ? 0 : 1];
  // Python's booleans are an enumeration of one byte.
  if (type === ENUM && size === 1) return 'bool';
  // Keras stores bfloat16 as opaque bytes and says so in an attribute.
  if (type === OPAQUE && size === 2 && isBfloat16(session, path)) return 'bfloat16';
  return undefined;
}

function isBfloat16({ module, file }: Session, path: string): boolean {
  return module.get_attribute_names(file, `/${path}`).includes('dtype');
}
