/** Files that are read, on commands that take one. */
export const READS = '.keras, .h5, .hdf5, model.json, .onnx, .pt, .pth, .th, .ckpt, .bin, .safetensors';

/** The examples below a command's help. */
export function examples(lines: readonly string[]): string {
  return ['', lines.length === 1 ? 'Example:' : 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Below the help of `acnet` itself. */
export const PROGRAM_NOTES = `
The usual way, from a Keras model to a better one of the same size and speed:
  acnet inspect model.keras
  acnet convert model.keras -o model.acnet.keras
  acnet train job.acnet.json
  acnet fuse model.acnet.keras -o model.fused.keras
  acnet verify model.acnet.keras model.fused.keras

Exit code: 0 done, 1 failed, 2 bad usage. Results go to standard output,
errors and progress to standard error. Ctrl-C stops cleanly, a second one ends
at once.`;
