import { UnsupportedError } from '../../core/errors';
import { ProtoWriter } from '../../core/encodings/protobuf/writer';
import type { NativeBinding } from './binding';
import type { NativeLocation } from './locate';

/** The options of a session. */
export interface SessionOptions {
  /** Threads inside one operator and between operators, the session's own; those of the process when absent. */
  readonly threads?: number;
  /**
   * Whether TensorFlow rewrites the graph before it runs it ("Grappler"): faster, but how sums are grouped may differ from
   * one process to the next.
   */
  readonly rewrites?: boolean;
}

/** A serialised `tensorflow.ConfigProto` (tensorflow/core/protobuf/config.proto). */
export function serialisedOptions({ threads, rewrites = true }: SessionOptions): Uint8Array {
  const config = new ProtoWriter();
  if (threads !== undefined) {
    config.int(2, threads); // intra_op_parallelism_threads
    config.int(5, threads); // inter_op_parallelism_threads
    config.bool(9, true); // use_per_session_threads
  }
  // graph_options.rewrite_options.disable_meta_optimizer
  if (!rewrites) config.message(10, (graph) => graph.message(10, (rewriter) => rewriter.bool(19, true)));
  return config.finish();
}

/**
 * The binding with options for every session.
 * @param purpose what they are needed for, as in `a deterministic job`
 * @throws UnsupportedError where the binding takes none
 */
export function withSessionOptions(
  { binding, location }: { readonly binding: NativeBinding; readonly location: NativeLocation },
  options: SessionOptions,
  purpose: string,
): NativeBinding {
  if (!binding.sessionOptions) {
    throw new UnsupportedError(
      `${purpose} needs session options, which this TensorFlow addon does not take`,
      {
        path: location.addon,
        expected: 'the addon that this version of ACNet installs',
      },
    );
  }
  const config = serialisedOptions(options);
  return { ...binding, loadSavedModel: (folder, tags) => binding.loadSavedModel(folder, tags, config) };
}
