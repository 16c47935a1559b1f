import { isObject, parseJson, writeJson, type Json } from '../../encodings/json';
import type { BlockNote, BlockNotes } from './units';

/** Version of what is noted. */
const VERSION = 1;

/**
 * Reads what a conversion noted beside the weights.
 * @param text absent, or from a later version: then nothing is known
 * @throws CheckpointError if it is not JSON.
 */
export function readNotes(text: string | undefined, path: string): BlockNotes {
  const json = text === undefined ? undefined : parseJson(text, { path, where: 'notes of the conversion' });
  const notes = new Map<string, BlockNote>();
  if (!isObject(json) || json.version !== VERSION || !isObject(json.blocks)) return notes;
  for (const [name, block] of Object.entries(json.blocks)) {
    const note = noteOf(block);
    if (note) notes.set(name, note);
  }
  return notes;
}

/** The notes as text. */
export function writeNotes(notes: BlockNotes): string {
  const blocks = Object.fromEntries(
    [...notes].map(([name, { norm, place }]) => {
      const [row, column] = place ?? [];
      return [name, place ? { norm, row, column } : { norm }];
    }),
  );
  return writeJson({ version: VERSION, blocks });
}

function noteOf(block: Json | undefined): BlockNote | undefined {
  if (!isObject(block)) return undefined;
  const { norm, row, column } = block;
  if (norm !== null && typeof norm !== 'string') return undefined;
  if (row === undefined && column === undefined) return { norm };
  return isIndex(row) && isIndex(column) ? { norm, place: [row, column] } : undefined;
}

function isIndex(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 32;
}
