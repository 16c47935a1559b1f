import type { ByteSink } from '../../../bytes';
import type { Content } from '../../../checkpoint';
import { item } from '../../../item';
import { sizeOf } from '../../../tensor/tensor';
import { writtenDict, type WrittenDict } from '../entries';
import type { KnownDict } from '../opened';
import { pythonModule, type Generated } from './module';
import { fileName, isModuleOf, moduleNames } from './text';

/**
 * Writes a Python module beside a checkpoint whose network is known: the network's form, which the weights lack.
 * @param way keys on the way to the state dict in the file; undefined for safetensors
 */
export function writeModule(
  content: Content,
  known: KnownDict,
  written: WrittenDict,
  sink: ByteSink,
  way: readonly string[] | undefined,
): void {
  if (!sink.sibling) return;
  const module = generated(content, known, written, sink.path, way);
  if (!module || !('text' in module)) return;
  const { name, replaces } = placeOf(sink);
  sink.sibling(name, replaces).write(new TextEncoder().encode(module.text));
}

/** How many names are tried: a folder with more modules for files of one name is nobody's. */
const MAX_NAMES = 100;
/** Bytes of a module that say what it is for. */
const HEAD_BYTES = 4096;

/** The module that an earlier writing of this very file made, if replacing is asked for; else a name that nobody has. */
function placeOf(sink: ByteSink): { readonly name: string; readonly replaces: boolean } {
  const names = moduleNames(sink.path, MAX_NAMES);
  const own = names.find((name) => isOwnModule(sink, name));
  const name = own ?? names.find((each) => sink.isFree?.(each) ?? true) ?? item(names, 0);
  return { name, replaces: own !== undefined };
}

function isOwnModule(sink: ByteSink, name: string): boolean {
  const source = sink.existing?.(name);
  if (!source) return false;
  try {
    const bytes = source.read(0, Math.min(HEAD_BYTES, source.size));
    return isModuleOf(new TextDecoder().decode(bytes), fileName(sink.path));
  } finally {
    source.close();
  }
}

/** Says why no module is written beside a checkpoint whose network is known; nothing where one is. */
export function moduleWarnings(content: Content, known: KnownDict): string[] {
  const module = generated(content, known, writtenDict(content, known), 'weights', undefined);
  if (!module || 'text' in module) return [];
  return [`no Python module is written for this network, because ${module.reason}`];
}

function generated(
  { graph, tensors }: Content,
  { architecture, shared }: KnownDict,
  { entries, pathOf, keyOf }: WrittenDict,
  path: string,
  way: readonly string[] | undefined,
): Generated | undefined {
  if (!architecture || !graph) return undefined;
  const { label, prefix } = architecture;
  const matrices = new Set([...shared.values()].filter((each) => each.isPlainMatrix).map(({ name }) => name));
  const slopesOf = (tensor: string): number => sizeOf(tensors.get(tensor)?.shape ?? [0]);
  const file = fileName(path);
  return pythonModule({ graph, label, file, prefix, way, pathOf, keyOf, keys: entries, matrices, slopesOf });
}
