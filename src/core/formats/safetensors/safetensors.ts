import type { ByteSource } from '../../bytes';
import type { Checkpoint, CheckpointWriter, Format, Metadata, Reading } from '../../checkpoint';
import type { Shape } from '../../tensor/tensor';
import { dictFaults } from '../state-dict/check';
import { dictCheckpoint } from '../state-dict/checkpoint';
import { NEW_NOTES, zeroDict } from '../state-dict/new-dict';
import { readNotes } from '../state-dict/notes';
import type { KnownDict } from '../state-dict/opened';
import { guessLayout, type KernelLayout } from '../state-dict/units';
import { LENGTH_BYTES, readSafetensors, type SafetensorsFile } from './header';
import { readSharded } from './sharded';
import { writeSafetensors } from './write';

const INDEX = '.safetensors.index.json';

/** Hugging Face's format of named tensors, in one file or in several with an index. */
export const safetensors: Format = {
  id: 'safetensors',
  label: 'safetensors',
  extensions: ['.safetensors', INDEX],
  match: (source) =>
    /\.safetensors$/i.test(source.path) || source.path.toLowerCase().endsWith(INDEX) || looksLikeOne(source),
  open: openSafetensors,
  createWeights: newSafetensors,
};

/** A length, then JSON: `{"`. */
function looksLikeOne(source: ByteSource): boolean {
  if (source.size < LENGTH_BYTES + 2) return false;
  const head = source.read(0, LENGTH_BYTES + 2);
  // A header of the largest allowed length has zeros in its upper bytes.
  return head.slice(4, 8).join() === '0,0,0,0' && head.slice(8).join() === '123,34';
}

function openSafetensors(source: ByteSource, reading?: Reading): Promise<Checkpoint> {
  const isIndex = source.path.toLowerCase().endsWith(INDEX);
  const sharded = isIndex ? readSharded(source) : undefined;
  const file = sharded ?? readSafetensors(source);
  const shards = sharded?.files ?? [];
  const { tensors, metadata } = file;
  const { layout, isKnown } = layoutOf(file);
  return Promise.resolve(
    dictCheckpoint({
      format: 'safetensors',
      path: source.path,
      size: shards.reduce((sum, { size }) => sum + size, source.size),
      dict: { tensors, modules: new Map(), layout },
      notes: readNotes(metadata.get('acnet'), source.path),
      reading,
      metadata: describe(metadata, kernelWords(layout, isKnown), shards.length),
      warnings: warningsOf(file),
      unread: file.unread.map(({ name }) => name),
      writer: writerOf(metadata),
      close: () => {
        for (const shard of shards) shard.close();
        source.close();
      },
    }),
  );
}

/** As PyTorch writes them. */
function newSafetensors(shapes: ReadonlyMap<string, Shape>, path: string): Checkpoint {
  return dictCheckpoint({
    format: 'safetensors',
    path,
    size: 0,
    dict: { tensors: zeroDict(shapes), modules: new Map(), layout: 'oihw' },
    notes: NEW_NOTES,
    reading: undefined,
    metadata: { framework: 'PyTorch', facts: [] },
    warnings: [],
    unread: [],
    writer: writerOf(new Map([['format', 'pt']])),
    close: () => undefined,
  });
}

function writerOf(metadata: ReadonlyMap<string, string>): (known: KnownDict) => CheckpointWriter {
  return (known) => ({
    write: (content, sink) => writeSafetensors(content, known, metadata, sink),
    check(written, { graph }) {
      const made = readSafetensors(written);
      return dictFaults(made.tensors, graph, layoutOf(made).layout);
    },
  });
}

/** MLX writes [out, h, w, in], and mostly says that it wrote the file. */
function layoutOf({ tensors, metadata }: SafetensorsFile): ReturnType<typeof guessLayout> {
  const format = metadata.get('format');
  if (format === 'mlx') return { layout: 'ohwi', isKnown: true };
  const guess = guessLayout(tensors.values());
  return format === 'pt' ? { ...guess, isKnown: true } : guess;
}

/** What is only assumed is marked as that: whoever saves a file again leaves out who wrote it first. */
function kernelWords(layout: KernelLayout, isKnown: boolean): string {
  const words = layout === 'oihw' ? 'out, in, h, w' : 'out, h, w, in (MLX)';
  return isKnown ? words : `${words}, assumed: their shapes allow out, h, w, in (MLX) too`;
}

function describe(metadata: ReadonlyMap<string, string>, kernels: string, shards: number): Metadata {
  const known = [...metadata].filter(([name]) => name !== 'acnet' && name !== 'format').slice(0, 8);
  const format = metadata.get('format');
  const frameworks: Readonly<Record<string, string>> = { pt: 'PyTorch', mlx: 'MLX', tf: 'TensorFlow' };
  return {
    ...(format === undefined ? {} : { framework: frameworks[format] ?? format.slice(0, 40) }),
    facts: [
      { label: 'Kernels', value: kernels },
      ...(shards > 0 ? [{ label: 'Files', value: String(shards) }] : []),
      ...known.map(([label, value]) => ({ label: label.slice(0, 60), value: value.slice(0, 200) })),
    ],
  };
}

function warningsOf({ unread }: SafetensorsFile): string[] {
  if (unread.length === 0) return [];
  const kinds = [...new Set(unread.map(({ dtype }) => dtype))].slice(0, 5).join(', ');
  return [`${unread.length} tensors are of element types that are not read: ${kinds}`];
}
