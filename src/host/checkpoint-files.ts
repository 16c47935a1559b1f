/**
 * Which files are taken for checkpoints, by their name alone. The view and the pickers use this list; the `when` clauses
 * and the editor's selectors of package.json cannot, so a test holds them to it.
 */

/** Lower case, without the dot. */
export const CHECKPOINT_EXTENSIONS = [
  ...['keras', 'h5', 'hdf5'],
  ...['pt', 'pth', 'th', 'ckpt'],
  ...['onnx', 'safetensors'],
];

/** Most such files are something else, so they are offered where one is pointed at, and not listed. */
const AMBIGUOUS_EXTENSIONS = ['bin'];
const OPENED_EXTENSIONS = [...CHECKPOINT_EXTENSIONS, ...AMBIGUOUS_EXTENSIONS];

/**
 * A TensorFlow.js model is a folder, known by this file; converting writes `model-acnet.json` beside it. Safetensors of
 * several files have an index.
 */
const MODEL_JSON = '(^model(-(acnet|fused).*)?|\\.safetensors\\.index)\\.json$';
const MODEL_JSON_GLOBS = ['model.json', 'model-acnet*.json', 'model-fused*.json', '*.safetensors.index.json'];

/** As a pattern for `workspace.findFiles` and watchers; no braces within braces, which the search cannot read. */
export const CHECKPOINT_GLOB = `**/{${[
  ...CHECKPOINT_EXTENSIONS.map((extension) => `*.${extension}`),
  ...MODEL_JSON_GLOBS,
].join(',')}}`;

/** The same as a `when` clause on the explorer's context key for the selected file. */
export const CHECKPOINT_WHEN =
  `(resourceExtname =~ /^\\.(${OPENED_EXTENSIONS.join('|')})$/i || ` + `resourceFilename =~ /${MODEL_JSON}/)`;

/** The same as selectors of a custom editor. */
export const CHECKPOINT_SELECTORS: readonly string[] = [
  ...OPENED_EXTENSIONS.map((extension) => `*.${extension}`),
  ...MODEL_JSON_GLOBS,
];

/** @param name the last part of a path */
export function isCheckpointName(name: string): boolean {
  const lower = name.toLowerCase();
  return CHECKPOINT_EXTENSIONS.some((extension) => lower.endsWith(`.${extension}`)) || isModelJson(name);
}

/** A name that other programs use too: what is in such a file decides whether it is a checkpoint. */
export function isModelJson(name: string): boolean {
  return new RegExp(MODEL_JSON).test(name);
}
