import { setWasmPaths, version_wasm, type BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
import {
  backend,
  getKernel,
  setBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { UnsupportedError, UserError } from '../../core/errors';
import { sizeOf, type Shape } from '../../core/tensor/tensor';

/** A float32 tensor on the WebAssembly heap. Whoever makes one frees it; its memory goes with the last alias. */
export type Tensor = TensorInfo;

/** Version of TensorFlow.js, whose kernels these are. */
export const VERSION: string = version_wasm;

/**
 * The heap of TensorFlow.js's WebAssembly backend and its kernels. They are called directly: the library's own
 * bookkeeping of tensors and gradients is for one operator at a time, and a plan knows when each value is used last.
 */
export class Runtime {
  constructor(private readonly wasm: BackendWasm) {}

  /** Runs one of TensorFlow.js's kernels. */
  kernel(
    name: string,
    inputs: Readonly<Record<string, Tensor>> | readonly Tensor[],
    attributes: NamedAttrMap = {},
  ): Tensor {
    const config = getKernel(name, 'wasm');
    if (!config) throw new UnsupportedError(`TensorFlow.js has no WebAssembly kernel ${name}`);
    // Kernels of any number of inputs take a plain array, which the library's type leaves out.
    const named = inputs as NamedTensorInfoMap;
    const made = config.kernelFunc({ inputs: named, attrs: attributes, backend: this.wasm });
    return Array.isArray(made) ? made[0] : made;
  }

  /** A tensor that holds these numbers. @throws RangeError for another count than the shape's. */
  upload(name: string, values: Float32Array, shape: Shape): Tensor {
    if (values.length !== sizeOf(shape)) {
      throw new RangeError(`${name}: ${values.length} values were given for [${shape.join(', ')}]`);
    }
    return this.wasm.makeOutput([...shape], 'float32', undefined, values);
  }

  /** A tensor of undefined content. */
  make(shape: Shape): Tensor {
    return this.wasm.makeOutput([...shape], 'float32');
  }

  /** A tensor filled by a function of the memory; nothing may be made while it runs, since the heap may move. */
  fill(shape: Shape, write: (values: Float32Array) => void): Tensor {
    const tensor = this.make(shape);
    write(this.view(tensor));
    return tensor;
  }

  /** The tensor's own memory, valid until the next tensor is made. */
  view(tensor: Tensor): Float32Array {
    return this.wasm.typedArrayFromHeap(tensor) as Float32Array;
  }

  /** The same memory once more, perhaps in another shape. */
  alias(tensor: Tensor, shape: Shape = tensor.shape): Tensor {
    this.wasm.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
  }

  free(...tensors: readonly Tensor[]): void {
    for (const { dataId } of tensors) this.wasm.disposeData(dataId);
  }

  /** Tensors alive, aliases not counted. */
  get tensors(): number {
    return this.wasm.numDataIds();
  }

  /** Size of the heap in bytes; it never shrinks. */
  get bytes(): number {
    return this.wasm.wasm.HEAPU8.byteLength;
  }
}

let runtime: Promise<Runtime> | undefined;

/** The process's runtime, loaded on first use from the bytes in the bundle: no file and no network is touched. */
export function loadRuntime(): Promise<Runtime> {
  return (runtime ??= load());
}

async function load(): Promise<Runtime> {
  const address = `data:application/wasm;base64,${Buffer.from(simd).toString('base64')}`;
  const names = ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd'];
  setWasmPaths(Object.fromEntries(names.map((name) => [`${name}.wasm`, address])), true);
  const ready = await keepingProcessHandlers(() => setBackend('wasm'));
  if (!ready) throw new UnsupportedError('the portable backend needs a processor with SIMD in WebAssembly');
  const wasm = backend() as BackendWasm;
  refuseExhaustion(wasm);
  return new Runtime(wasm);
}

/** The compiled module sets handlers that turn every rejected promise of the process into a crash. */
async function keepingProcessHandlers<T>(work: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = events.map((event) => new Set(process.rawListeners(event)));
  try {
    return await work();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (!before[i].has(listener)) process.removeListener(event, listener as () => void);
      }
    });
  }
}

/** Kernels write to address 0, which is what a full heap answers. Sizes are 32-bit numbers and wrap around. */
function refuseExhaustion({ wasm }: BackendWasm): void {
  // The first call puts the real function in the place of a stand-in.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes: number): number => {
    const address = bytes < 2 ** 32 ? allocate(bytes) : 0;
    if (address !== 0 || bytes === 0) return address;
    throw new UserError('the portable backend is out of memory; try a smaller batch', {
      found: `${Math.round(bytes / 2 ** 20)} MB more were needed`,
    });
  };
}
