import { CheckpointError } from '../../errors';
import { sizeOf } from '../../tensor/tensor';
import { toFloat32 } from '../../tensor/decode';
import type { StoredTensor } from './stored';
import {
  blockPaths,
  blockUnit,
  join,
  kernelSize,
  type BlockUnit,
  type Landing,
  type StateDict,
} from './units';

/**
 * The buffer of a block that holds [row, column]. It is a tensor, since that is all that PyTorch keeps of a network it saves.
 * Blocks on the centre row and column have none, so that they go into the reference code's class with `strict=True`. Its
 * elements are floats: a moving average of weights that does not leave integers out turns 3 into 2.
 */
const MARKER = 'landing';
/** How far a number may be from a whole one: an average in half precision is a little off. */
const TOLERANCE = 0.1;

/** Where the branches of one block land. */
export function landingOf(
  { landings, layout }: Pick<StateDict, 'landings' | 'layout'>,
  unit: BlockUnit,
): Landing {
  return landings.get(unit.name) ?? assumed(kernelSize(unit.square.conv.weight.shape, layout));
}

/** What a file without a word of it is taken for: the reference code has no other. */
function assumed([height, width]: readonly [number, number]): Landing {
  return { row: Math.floor((height - 1) / 2), column: Math.floor((width - 1) / 2), source: 'assumed' };
}

/**
 * Where the branches of every block of a file land: as its marker says, or what a conversion noted beside the weights.
 * @param unread keys of tensors whose elements cannot be read
 * @throws CheckpointError if a marker is malformed, lies outside of the kernel, or contradicts the note.
 */
export function landingsOf(
  dict: Omit<StateDict, 'landings'>,
  unread: readonly string[],
  path: string,
): ReadonlyMap<string, Landing> {
  const landings = new Map<string, Landing>();
  for (const name of blockPaths(dict)) {
    const unit = blockUnit(dict, name);
    if (!unit) continue;
    const size = kernelSize(unit.square.conv.weight.shape, dict.layout);
    const note = dict.notes.get(name);
    const noted = note?.place && requireWithin(note.place, size, { path, where: `note of ${name}` });
    const marked = markedIn(dict, name, size, unread, path);
    if (noted && marked && noted.join() !== marked.join()) {
      throw new CheckpointError('the file says twice where the branches of a block land, and not the same', {
        path,
        where: markerOf(name),
        found: words(marked),
        expected: `${words(noted)}, as its note says`,
      });
    }
    const known = marked ?? noted;
    landings.set(name, known ? { row: known[0], column: known[1], source: 'stored' } : assumed(size));
  }
  return landings;
}

type Place = readonly [row: number, column: number];

function markedIn(
  { tensors }: Pick<StateDict, 'tensors'>,
  block: string,
  size: Place,
  unread: readonly string[],
  path: string,
): Place | undefined {
  const where = markerOf(block);
  const expected = `two numbers: a row from 0 to ${size[0] - 1} and a column from 0 to ${size[1] - 1}`;
  const refused = (found: string): CheckpointError =>
    new CheckpointError('where the branches of a block land cannot be read', {
      path,
      where,
      found,
      expected,
    });
  if (unread.includes(where)) throw refused('elements of a type that is not read');
  const marker = tensors.get(where);
  if (!marker) return undefined;
  const { dtype, shape } = marker;
  if (shape.length !== 1 || sizeOf(shape) !== 2 || dtype === 'bool' || dtype === 'string') {
    throw refused(`${dtype} [${shape.join(', ')}]`);
  }
  const values = [...toFloat32(marker.readBytes(), dtype)];
  const [row, column] = values.map(Math.round);
  const areWhole = values.every((value) => Math.abs(value - Math.round(value)) <= TOLERANCE);
  if (row === undefined || column === undefined || !areWhole) throw refused(values.join(', '));
  return requireWithin([row, column], size, { path, where });
}

/** @throws CheckpointError if it is outside of the kernel. */
function requireWithin(
  place: Place,
  size: Place,
  at: { readonly path: string; readonly where: string },
): Place {
  const [row, column] = place;
  if (row >= 0 && row < size[0] && column >= 0 && column < size[1]) return place;
  throw new CheckpointError('the branches of a block land outside of its square kernel', {
    ...at,
    found: words(place),
    expected: `a row from 0 to ${size[0] - 1} and a column from 0 to ${size[1] - 1}`,
  });
}

/** The key of a block's marker. */
export function markerOf(block: string): string {
  return join(block, MARKER);
}

/** True of the key of a marker. */
export function isMarker(key: string, { landings }: Pick<StateDict, 'landings'>): boolean {
  return key.endsWith(MARKER) && key === markerOf(ownerOf(key)) && landings.has(ownerOf(key));
}

function ownerOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('.')));
}

/** True where a block needs a marker: its branches are on no centre, which a kernel of even size has not. */
export function needsMarker([row, column]: Place, [height, width]: Place): boolean {
  return 2 * row !== height - 1 || 2 * column !== width - 1;
}

/** The marker as it is written. */
export function markerTensor(block: string, place: Place): StoredTensor {
  return {
    name: markerOf(block),
    dtype: 'float32',
    shape: [2],
    readBytes: () => {
      const bytes = new Uint8Array(8);
      const view = new DataView(bytes.buffer);
      place.forEach((index, i) => view.setFloat32(i * 4, index, true));
      return bytes;
    },
  };
}

function words([row, column]: Place): string {
  return `row ${row}, column ${column}`;
}
