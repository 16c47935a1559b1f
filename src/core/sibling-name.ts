/**
 * The name by which a checkpoint calls a file of its own, for all formats of several files: a path that goes down only,
 * with forward slashes, in parts. A part `.` says nothing and is left out, as in `./model.weights.bin` (TensorFlow.js) and
 * `./w.bin` (ONNX).
 * @param name hostile input
 * @returns undefined for a way up, an absolute path, a drive or URL, an empty part, and for a backslash: it parts folders
 *   on one system and is a letter on others, so that such a name is not the same file everywhere.
 */
export function siblingParts(name: string): readonly string[] | undefined {
  if (/[\\:\0]/.test(name)) return undefined;
  const parts = name.split('/').filter((part) => part !== '.');
  return parts.length === 0 || parts.some((part) => part === '' || part === '..') ? undefined : parts;
}

/** The name of a file in the very folder of the checkpoint; undefined for one in a folder of that, or outside. */
export function plainSibling(name: string): string | undefined {
  const parts = siblingParts(name);
  return parts?.length === 1 ? parts[0] : undefined;
}

/** The name of an output as the beginning of names beside it: without letters that not every reader takes in such a name. */
export function siblingStem(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).replace(/[:%#?]/g, '_');
}
