import type { ByteSource } from '../../bytes';
import { CheckpointError } from '../../errors';
import { MAX_PICKLE, readPickle } from '../../encodings/pickle/read';
import { memorySource } from '../../encodings/region';
import { readDirectory, type ZipEntry } from '../../encodings/zip/directory';
import { openEntry, readEntry } from '../../encodings/zip/entry';
import { otherArchive } from '../other-archives';
import type { TorchArchive } from './tensors';

/** Entries beside PyTorch's own, which its readers pass over: of blocks, and of the layers of a whole module. */
export const NOTES = 'acnet.json';
/** Entry of what a whole module's layers were set to. */
export const MODULE_NOTES = 'acnet-layers.json';
/** Some tens of bytes for each block, some hundred for each layer. */
const MAX_NOTES = 16 * 1024 * 1024;
/** A word, perhaps with a line feed. */
const MAX_WORD = 64;

/** Opens what `torch.save` and `torch.jit.save` write since PyTorch 1.6: a zip archive with one file per storage. */
export function openZipArchive(source: ByteSource): TorchArchive {
  const entries = readDirectory(source);
  const prefix = rootOf(source, entries);
  const entry = (name: string): ZipEntry | undefined => entries.get(prefix + name);
  refuseBigEndian(source, entry('byteorder'));
  const pickle = entry('data.pkl');
  if (!pickle) throw notTorch(source, entries);
  // PyTorch stores it as it is; what another program packed is unpacked no further than a pickle may be long.
  const packed = pickle.method === 'deflated';
  const content = packed
    ? memorySource(source.path, readEntry(source, pickle, MAX_PICKLE))
    : openEntry(source, pickle);
  const { value } = readPickle(content, 0, pickle.name);
  const textOf = (name: string): string | undefined => {
    const found = entry(name);
    return found && new TextDecoder().decode(readEntry(source, found, MAX_NOTES));
  };
  const isScript = entry('constants.pkl') !== undefined;
  return {
    path: source.path,
    root: value,
    notes: textOf(NOTES),
    moduleNotes: textOf(MODULE_NOTES),
    kind: isScript ? 'TorchScript archive' : 'zip archive',
    storage(key, size) {
      const found = entry(`data/${key}`);
      if (!found || found.size < size) {
        throw new CheckpointError('the archive lacks values of a tensor', {
          path: source.path,
          where: `data/${key.slice(0, 80)}`,
          found: found ? `${found.size} bytes` : 'no such entry',
          expected: `${size} bytes`,
        });
      }
      return { key, size, open: () => openEntry(source, found) };
    },
  };
}

/** Everything lies in one folder, which is called what the file was called. */
function rootOf(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): string {
  const names = [...entries.keys()];
  const pickle = names.find((name) => /^[^/]*\/data\.pkl$/.test(name) || name === 'data.pkl');
  if (pickle === undefined) throw notTorch(source, entries);
  return pickle.slice(0, -'data.pkl'.length);
}

function refuseBigEndian(source: ByteSource, entry: ZipEntry | undefined): void {
  if (!entry) return;
  const order = new TextDecoder().decode(readEntry(source, entry, MAX_WORD)).trim();
  if (order === 'little') return;
  throw new CheckpointError('the numbers in this file have their bytes in an order that is not read', {
    path: source.path,
    where: entry.name,
    found: order.slice(0, 40),
    expected: 'little',
  });
}

function notTorch(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): CheckpointError {
  const names = [...entries.keys()];
  const other = otherArchive(names);
  if (other) return new CheckpointError(other.summary, { path: source.path, ...other.detail });
  const old = names.some((name) => /(^|\/)model\.json$/.test(name));
  return new CheckpointError(
    old
      ? 'this is a TorchScript archive of PyTorch before 1.2, which is not read'
      : 'this archive is not a PyTorch file',
    {
      path: source.path,
      found: names.slice(0, 5).join(', ').slice(0, 200) || 'no entries',
      expected: 'data.pkl, as torch.save writes it',
    },
  );
}
