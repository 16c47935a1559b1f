import { item } from '../../item';
import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf, type Shape } from '../../tensor/tensor';
import { step, walked } from '../../tensor/walk';
import type { StoredTensor } from '../state-dict/stored';

/** One run of bytes of the file that tensors are views of. */
export interface Storage {
  /** Its name in the file. */
  readonly key: string;
  /** Bytes it has. */
  readonly size: number;
  /** Opened anew for each use: a deflated one is unpacked each time rather than kept. */
  open(): ByteSource;
}

/** Where in a storage a tensor's elements lie; offset and strides count elements. */
export interface Layout {
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** Axes of one tensor; PyTorch allows 64, networks use 5. */
const MAX_AXES = 32;
/** Elements that a view may make out of fewer by repeating them (a stride of 0). */
const MAX_REPEATED = 1 << 24;
/** Bytes read at once to gather a view with gaps. */
const MAX_SPAN = 2 ** 31 - 1;

/** A view of a storage as a tensor. */
export class TorchTensor implements StoredTensor {
  readonly dtype: DType;
  readonly shape: Shape;

  /** @throws CheckpointError if the view leaves its storage; nothing is read or allocated for that. */
  constructor(
    readonly name: string,
    readonly storage: Storage,
    readonly layout: Layout,
    private readonly path: string,
  ) {
    this.dtype = layout.dtype;
    this.shape = layout.shape;
    this.check();
  }

  /** The same elements under another name. */
  renamed(name: string): TorchTensor {
    return new TorchTensor(name, this.storage, this.layout, this.path);
  }

  readBytes(): Uint8Array {
    const { dtype, offset, shape } = this.layout;
    const width = BYTES[dtype];
    const count = sizeOf(shape);
    if (count === 0) return new Uint8Array(0);
    const source = this.storage.open();
    if (this.isContiguous()) return source.read(offset * width, count * width);
    const span = source.read(offset * width, this.span() * width);
    return gather(span, this.layout, width);
  }

  /** Elements from the first to behind the last one. */
  private span(): number {
    const { shape, strides } = this.layout;
    return shape.reduce((sum, size, axis) => sum + (size - 1) * item(strides, axis), 1);
  }

  private isContiguous(): boolean {
    const { shape, strides } = this.layout;
    let expected = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = item(shape, axis);
      if (size !== 1 && strides[axis] !== expected) return false;
      expected *= size;
    }
    return true;
  }

  private check(): void {
    const { dtype, offset, shape, strides } = this.layout;
    if (shape.length > MAX_AXES || shape.length !== strides.length) {
      throw this.error('a tensor has impossible axes', `${shape.length} sizes, ${strides.length} strides`);
    }
    const count = sizeOf(shape);
    if (count === 0) return;
    const capacity = Math.floor(this.storage.size / BYTES[dtype]);
    const end = offset + this.span();
    if (!(end <= capacity)) {
      throw this.error(
        'a tensor reaches beyond its storage',
        `element ${end}`,
        `at most ${capacity} elements`,
      );
    }
    if (count > Math.max(capacity, MAX_REPEATED)) {
      throw this.error('a tensor repeats its storage too often', `${count} elements of ${capacity}`);
    }
    if (!this.isContiguous() && this.span() * BYTES[dtype] > MAX_SPAN) {
      throw this.error('a tensor with gaps is too large', `${this.span()} elements`);
    }
  }

  private error(summary: string, found: string, expected?: string): CheckpointError {
    return new CheckpointError(summary, { path: this.path, where: this.name, found, expected });
  }
}

function gather(span: Uint8Array, { shape, strides }: Layout, width: number): Uint8Array {
  const bytes = new Uint8Array(sizeOf(shape) * width);
  const axes = walked(shape.map((size, axis) => ({ size, stride: item(strides, axis) })));
  let from = 0;
  for (let to = 0; to < bytes.length; to += width) {
    for (let i = 0; i < width; i++) bytes[to + i] = span[from * width + i] ?? 0;
    from += step(axes);
  }
  return bytes;
}
