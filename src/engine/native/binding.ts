/** A tensor that a call has made; `deleteTensor` gives it back. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: readonly number[];
}

/**
 * TensorFlow's C API as the engine calls it: eight members, whichever library provides them. Calls are synchronous, and an
 * Error's message is TensorFlow's own.
 */
export interface NativeBinding {
  /** As in `2.21.0`. */
  readonly TF_Version: string;
  /** Numbers of element types. */
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  /** Whether `loadSavedModel` takes options. */
  readonly sessionOptions: boolean;
  /**
   * Loads `saved_model.pb` of a folder into a session of its own.
   * @param tags separated by commas
   * @param options a serialised `tensorflow.ConfigProto`; TensorFlow's defaults when absent
   * @returns the session's number
   */
  loadSavedModel(folder: string, tags: string, options?: Uint8Array): number;
  deleteSavedModel(session: number): void;
  /**
   * Runs a session.
   * @param fed tensors for `inputs`, in that order; they stay the caller's
   * @param inputs names in the graph, separated by commas
   * @param outputs names in the graph, separated by commas
   */
  runSavedModel(session: number, fed: number[], inputs: string, outputs: string): readonly NativeTensor[];
  /** The values may be kept instead of copied: they must not change until the tensor is deleted. */
  createTensor(shape: number[], type: number, values: Float32Array | Int32Array): number;
  tensorDataSync(tensor: number): Float32Array | Int32Array | Uint8Array;
  deleteTensor(tensor: number): void;
}

/** tfjs-node's addon: its `sessionOptions` is there if the set-up has compiled it (`scripts/setup/binding.mjs`). */
export type Addon = Omit<NativeBinding, 'sessionOptions'> & { readonly sessionOptions?: unknown };

/** The addon as the engine calls it. */
export function bindingOf(addon: Addon): NativeBinding {
  const { TF_Version, TF_FLOAT, TF_INT32, loadSavedModel, deleteSavedModel, runSavedModel } = addon;
  const { createTensor, tensorDataSync, deleteTensor } = addon;
  return {
    ...{ TF_Version, TF_FLOAT, TF_INT32, sessionOptions: addon.sessionOptions !== undefined },
    ...{ loadSavedModel, deleteSavedModel, runSavedModel, createTensor, tensorDataSync, deleteTensor },
  };
}
