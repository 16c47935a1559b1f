import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type * as TfCore from '@tensorflow/tfjs-core';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
import type { loadSavedModel } from '@tensorflow/tfjs-node/dist/saved_model';
import type { TFJSBinding } from '@tensorflow/tfjs-node/dist/tfjs_binding';
import { UnsupportedError } from '../../core/errors';
import type { NativeLocation } from './locate';
import { restoreRemovedUtilities } from './polyfill';

export interface Threads {
  /** Threads inside one operator (a convolution, say). */
  readonly intraOp: number;
  /** Operators running side by side. */
  readonly interOp: number;
}

/** TensorFlow, loaded into this process and registered as tfjs-core's backend. */
export interface LoadedNative {
  readonly location: NativeLocation;
  /** tfjs-core with the kernels of tfjs-node: tensors, and eager operators for probing. */
  readonly tf: typeof TfCore;
  readonly kernelBackend: NodeJSKernelBackend;
  /** The addon itself. Its calls are synchronous. */
  readonly binding: TFJSBinding;
  /** Sessions are cached by folder: two signatures of one folder share one session and its variables. */
  readonly loadSavedModel: typeof loadSavedModel;
  /** Message classes as protoc generates them: SavedModel, MetaGraphDef, GraphDef, NodeDef, AttrValue… */
  readonly proto: Readonly<Record<string, unknown>>;
  readonly versions: { readonly tensorflow: string; readonly tfjsNode: string };
  readonly threads: Threads;
}

const LEAST_VERSION = [2, 15] as const;

let loaded: LoadedNative | undefined;

/**
 * How many threads TensorFlow will use. One of each makes a run repeatable to the bit.
 * @throws Error when TensorFlow is loaded already: it reads the counts once.
 */
export function setThreads({ intraOp, interOp }: Threads): void {
  if (loaded) throw new Error('thread counts can only be set before TensorFlow is loaded');
  process.env.TF_NUM_INTRAOP_THREADS = String(intraOp);
  process.env.TF_NUM_INTEROP_THREADS = String(interOp);
}

/**
 * Loads the native libraries; the second call answers with the first one's, since a process can hold one TensorFlow.
 * @throws UnsupportedError when the addon cannot be loaded, or TensorFlow is older than 2.15.
 */
export async function loadNative(location: NativeLocation): Promise<LoadedNative> {
  if (loaded) return loaded;
  restoreRemovedUtilities();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const binding = requireAddon(location);
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-node/dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = await import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js');
  const savedModel = await import('@tensorflow/tfjs-node/dist/saved_model.js');
  const { version } = await import('@tensorflow/tfjs-node/dist/version.js');
  const proto = await import('@tensorflow/tfjs-node/dist/proto/api_pb.js');
  const kernelBackend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node');
  tf.registerBackend('tensorflow', () => kernelBackend, 3);
  tf.setBackend('tensorflow');
  loaded = {
    location,
    tf,
    kernelBackend,
    binding,
    loadSavedModel: savedModel.loadSavedModel,
    proto: proto.default,
    versions: { tensorflow: binding.TF_Version, tfjsNode: version },
    threads: threadsInUse(),
  };
  return loaded;
}

function requireAddon({ addon, folder }: NativeLocation): TFJSBinding {
  const require = createRequire(import.meta.url);
  let binding: TFJSBinding;
  try {
    // Lowers TensorFlow's log level before its libraries run their initialisers; only our own builds have it.
    const quiet = path.join(folder, 'acnet_quiet.node');
    if (existsSync(quiet)) require(quiet);
    binding = require(addon) as TFJSBinding;
  } catch (error) {
    throw new UnsupportedError('the native backend cannot be loaded', {
      path: addon,
      found: error instanceof Error ? error.message : String(error),
    });
  }
  refuseOldVersion(addon, binding.TF_Version);
  return binding;
}

function refuseOldVersion(addon: string, version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1])) return;
  throw new UnsupportedError('this TensorFlow is too old', {
    path: addon,
    found: version,
    allowed: `${LEAST_VERSION.join('.')} or later`,
  });
}

/** TensorFlow takes every core unless told otherwise. */
function threadsInUse(): Threads {
  const count = (name: string): number => Number(process.env[name]) || availableParallelism();
  return { intraOp: count('TF_NUM_INTRAOP_THREADS'), interOp: count('TF_NUM_INTEROP_THREADS') };
}
