import type { ByteSource } from '../../bytes';
import type { Checkpoint, CheckpointWriter, Format, Reading } from '../../checkpoint';
import { CheckpointError } from '../../errors';
import type { Shape } from '../../tensor/tensor';
import { dictFaults } from '../state-dict/check';
import { dictCheckpoint } from '../state-dict/checkpoint';
import { readModuleNotes } from '../state-dict/module-notes';
import { NEW_NOTES, zeroDict } from '../state-dict/new-dict';
import { readNotes } from '../state-dict/notes';
import type { KnownDict } from '../state-dict/opened';
import { LEGACY_HEAD, openLegacyArchive } from './legacy-archive';
import type { TorchArchive } from './tensors';
import { findWeights, type FoundWeights } from './weights';
import { emptyContainer, losses, writePytorch, type TorchContainer } from './write';
import { openZipArchive } from './zip-archive';

const ZIP_HEAD = '80,75,3,4';

/** What `torch.save` writes: a state dict in whatever a training script wrapped it in, or a whole module. */
export const pytorch: Format = {
  id: 'pytorch',
  label: 'PyTorch',
  extensions: ['.pt', '.pth', '.th', '.ckpt', '.bin'],
  match: (source) => {
    const head = headOf(source, 14);
    return head.startsWith(ZIP_HEAD) ? hasExtension(source.path) : isPickle(source, head);
  },
  open: openPytorch,
  createWeights: newPytorch,
};

/** A zip archive may be many things: the name must say it is this, or nothing else. */
function hasExtension(path: string): boolean {
  return pytorch.extensions.some((extension) => path.toLowerCase().endsWith(extension));
}

function isPickle(source: ByteSource, head: string): boolean {
  return head.startsWith(LEGACY_HEAD) || (hasExtension(source.path) && !looksLikeHdf5(head));
}

function looksLikeHdf5(head: string): boolean {
  return head.startsWith('137,72,68,70');
}

function headOf(source: ByteSource, length: number): string {
  return source.read(0, Math.min(length, source.size)).join();
}

/** A state dict as `torch.save(model.state_dict())` writes it. */
function newPytorch(shapes: ReadonlyMap<string, Shape>, path: string): Checkpoint {
  const { archive, found } = emptyContainer(path);
  return dictCheckpoint({
    format: 'pytorch',
    path,
    size: 0,
    dict: { tensors: zeroDict(shapes), modules: new Map(), layout: 'oihw' },
    notes: NEW_NOTES,
    reading: undefined,
    metadata: { framework: 'PyTorch', facts: [] },
    warnings: [],
    unread: [],
    writer: writerOf({ archive, found }),
    close: () => undefined,
  });
}

function openPytorch(source: ByteSource, reading?: Reading): Promise<Checkpoint> {
  const archive = openArchive(source);
  const found = findWeights(archive);
  const noted = found.isModule ? undefined : archive.moduleNotes;
  const modules = found.isModule ? found.modules : readModuleNotes(noted, source.path);
  return Promise.resolve(
    dictCheckpoint({
      format: 'pytorch',
      path: source.path,
      size: source.size,
      dict: { tensors: found.tensors, modules, layout: 'oihw' },
      notes: readNotes(archive.notes, source.path),
      reading,
      metadata: { framework: 'PyTorch', facts: factsOf(archive, found) },
      warnings: [...warningsOf(found), ...losses(archive, found)],
      unread: found.unread,
      writer: writerOf({ archive, found }),
      close: () => source.close(),
    }),
  );
}

function writerOf(container: TorchContainer): (known: KnownDict) => CheckpointWriter {
  return (known) => ({
    write: (content, sink) => writePytorch(content, known, container, sink),
    check: (written, { graph }) => dictFaults(findWeights(openArchive(written)).tensors, graph, 'oihw'),
  });
}

function openArchive(source: ByteSource): TorchArchive {
  if (headOf(source, 4) === ZIP_HEAD) return openZipArchive(source);
  if (headOf(source, 14) === LEGACY_HEAD) return openLegacyArchive(source);
  if (isTar(source)) {
    throw new CheckpointError('this is the tar format of PyTorch before 0.1.10, which is not read', {
      path: source.path,
      expected: 'a file that a later PyTorch saved again',
    });
  }
  throw new CheckpointError('this is not a PyTorch file', {
    path: source.path,
    found: `first bytes ${headOf(source, 4)}`,
    expected: 'a zip archive, or the legacy format with its magic number',
  });
}

function isTar(source: ByteSource): boolean {
  return source.size > 512 && new TextDecoder().decode(source.read(257, 5)) === 'ustar';
}

function factsOf(archive: TorchArchive, { way, isModule }: FoundWeights): { label: string; value: string }[] {
  const place = way.length === 0 ? '' : `, under ${way.join('.')}`;
  return [
    { label: 'File', value: archive.kind },
    { label: 'Weights', value: `${isModule ? 'a whole module' : 'state dict'}${place}` },
  ];
}

function warningsOf({ others, unread }: FoundWeights): string[] {
  const first = (names: readonly string[]): string =>
    names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
  return [
    ...(others.length > 0
      ? [`further sets of weights in this file are left as they are: ${first(others)}`]
      : []),
    ...(unread.length > 0
      ? [
          `${unread.length === 1 ? '1 entry is' : `${unread.length} entries are`} of a kind that is not read (quantised, sparse or complex, or no tensor at all): ${first(unread)}`,
        ]
      : []),
  ];
}
