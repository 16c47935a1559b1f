import { isObject, parseJson, writeJson, type Json } from '../../encodings/json';
import type { BlockNote, BlockNotes } from './units';

/** What is noted beside the weights: what cannot be read from them. */
export interface Notes {
  readonly blocks: BlockNotes;
  /** The ε of the batch norms, where it was known and one for all. */
  readonly epsilon?: number | undefined;
}

/** Version of what is noted. */
const VERSION = 1;

/**
 * Reads what a conversion noted beside the weights.
 * @param text absent, or from a later version: then nothing is known
 * @throws CheckpointError if it is not JSON.
 */
export function readNotes(text: string | undefined, path: string): Notes {
  const json = text === undefined ? undefined : parseJson(text, { path, where: 'notes of the conversion' });
  const blocks = new Map<string, BlockNote>();
  if (!isObject(json) || json.version !== VERSION || !isObject(json.blocks)) return { blocks };
  for (const [name, block] of Object.entries(json.blocks)) {
    const note = noteOf(block);
    if (note) blocks.set(name, note);
  }
  const { epsilon } = json;
  return { blocks, ...(isEpsilon(epsilon) && { epsilon }) };
}

/** The notes as text; undefined where there is nothing to note. */
export function writeNotes({ blocks: notes, epsilon }: Notes): string | undefined {
  if (notes.size === 0 && epsilon === undefined) return undefined;
  const blocks = Object.fromEntries(
    [...notes].map(([name, { norm, place }]) => {
      const [row, column] = place ?? [];
      return [name, place ? { norm, row, column } : { norm }];
    }),
  );
  return writeJson({ version: VERSION, blocks, ...(epsilon !== undefined && { epsilon }) });
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

function isEpsilon(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
