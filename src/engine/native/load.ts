import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { version as tfjsNode } from '@tensorflow/tfjs-node/dist/version.js';
import { UnsupportedError } from '../../core/errors';
import { bindingOf, type Addon, type NativeBinding } from './binding';
import { KERNELS_NAME, QUIET_NAME } from './link';
import type { NativeLocation } from './locate';
import { isRecentEnough, LEAST_VERSION } from './version';

/** How many threads TensorFlow uses. */
export interface Threads {
  /** Threads inside one operator (a convolution, say). */
  readonly intraOp: number;
  /** Operators running side by side. */
  readonly interOp: number;
}

/** TensorFlow, loaded into this process. */
export interface LoadedNative {
  readonly location: NativeLocation;
  /**
   * tfjs-node's addon. tfjs-node's JavaScript is not loaded: the engine hands whole graphs to a session and needs none of
   * its kernels.
   */
  readonly binding: NativeBinding;
  /** Whether TensorFlow has taken in the operators of our own (`scripts/native/kernels.cc`). */
  readonly ownOperators: boolean;
  /** Whether the convolutions among them are faster than TensorFlow's on this processor. */
  readonly convolutionsPay: boolean;
  readonly versions: { readonly tensorflow: string; readonly tfjsNode: string };
  readonly threads: Threads;
}

let loaded: LoadedNative | undefined;

/**
 * How many threads TensorFlow will use in sessions without settings of their own.
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
export function loadNative(location: NativeLocation): LoadedNative {
  if (loaded) return loaded;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // only errors; read once, when the libraries are loaded
  // Where TensorFlow's Intel kernels are not on by themselves (processors without AVX-512) they take half the time, too.
  if (process.arch === 'x64') process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
  // Else the first session's count of threads is every later one's.
  process.env.TF_OVERRIDE_GLOBAL_THREADPOOL ??= '1';
  requireOptional(location, QUIET_NAME); // keeps TensorFlow's start-up notes off standard error
  const binding = requireAddon(location);
  const versions = { tensorflow: binding.TF_Version, tfjsNode };
  // They make training faster; without them TensorFlow's own do the same.
  const kernels = requireOptional(location, KERNELS_NAME);
  loaded = {
    ...{ location, binding, versions },
    ownOperators: kernels !== undefined,
    convolutionsPay: kernels?.convolutionsPay === true,
    threads: threadsInUse(),
  };
  return loaded;
}

function requireAddon({ addon }: NativeLocation): NativeBinding {
  const require = createRequire(import.meta.url);
  let binding: NativeBinding;
  try {
    binding = bindingOf(require(addon) as Addon);
  } catch (error) {
    throw new UnsupportedError('the native backend cannot be loaded', {
      path: addon,
      found: error instanceof Error ? error.message : String(error),
    });
  }
  refuseOldVersion(addon, binding.TF_Version);
  return binding;
}

/** @returns what an addon exports that only builds of our set-up have, if it is there and fits this TensorFlow and system */
function requireOptional(
  { folder }: NativeLocation,
  name: string,
): { convolutionsPay?: unknown } | undefined {
  const file = path.join(folder, name);
  if (!existsSync(file)) return undefined;
  try {
    return createRequire(import.meta.url)(file) as { convolutionsPay?: unknown };
  } catch {
    return undefined; // a function that it calls is missing
  }
}

function refuseOldVersion(addon: string, version: string): void {
  if (isRecentEnough(version)) return;
  throw new UnsupportedError('this TensorFlow is too old', {
    path: addon,
    found: version,
    expected: `${LEAST_VERSION} or later`,
  });
}

/** TensorFlow takes every core by default. */
function threadsInUse(): Threads {
  const count = (name: string): number => Number(process.env[name]) || availableParallelism();
  return { intraOp: count('TF_NUM_INTRAOP_THREADS'), interOp: count('TF_NUM_INTEROP_THREADS') };
}
