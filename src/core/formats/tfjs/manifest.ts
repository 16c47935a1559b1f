import { CheckpointError, type ErrorDetail } from '../../errors';
import { isArray, isObject, type Json, type JsonObject } from '../../encodings/json';
import { siblingParts } from '../../sibling-name';
import { BYTES, type DType } from '../../tensor/dtype';
import { sizeOf, type Shape } from '../../tensor/tensor';

/** Most weights and files of one model: the deepest networks have some thousands, 4 MB files make 4 GB of a thousand. */
const MAX_WEIGHTS = 100_000;
const MAX_SHARDS = 1000;
const MAX_RANK = 8;

/** Element types of a layers model. Source: `DTYPE_VALUE_SIZE_MAP` in tfjs-core/src/io/types.ts. */
const DTYPES: readonly DType[] = ['float32', 'float16', 'int32', 'uint16', 'uint8', 'bool'];

/** How values were made smaller: `value = stored · scale + min`, or halves. */
export interface Quantisation {
  readonly dtype: 'uint8' | 'uint16' | 'float16';
  readonly scale: number;
  readonly min: number;
}

/** One weight as the manifest declares it. */
export interface ManifestWeight {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly quantisation?: Quantisation;
  /** True for what belongs to the optimiser and not to the model. */
  readonly optimiser: boolean;
  /** First byte in its group's files, one after the other. */
  readonly offset: number;
  /** Bytes as stored. */
  readonly bytes: number;
}

/** Weights that lie one after the other in one or more files. */
export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
  readonly bytes: number;
}

/**
 * Takes a `weightsManifest` apart.
 * Source: `WeightsManifestConfig` in tfjs-core/src/io/types.ts.
 * @throws CheckpointError if it is malformed, a name stands twice or a type is unknown.
 */
export function parseManifest(json: Json | undefined, path: string): ManifestGroup[] {
  const where = { path, where: 'weightsManifest' };
  if (!isArray(json)) throw new CheckpointError('the model has no list of weights', where);
  const groups = json.map((group, i) => parseGroup(group, { path, where: `weightsManifest ${i}` }));
  const names = groups.flatMap(({ weights }) => weights.map(({ name }) => name));
  limit('too many weights', names.length, MAX_WEIGHTS, where);
  limit('too many files of weights', groups.flatMap(({ paths }) => paths).length, MAX_SHARDS, where);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new CheckpointError('two weights have one name', { path, where: name });
    seen.add(name);
  }
  return groups;
}

function limit(what: string, found: number, most: number, where: ErrorDetail): void {
  if (found <= most) return;
  throw new CheckpointError(`the model has ${what}`, {
    ...where,
    found: `${found}`,
    expected: `at most ${most}`,
  });
}

function parseGroup(json: Json, where: ErrorDetail): ManifestGroup {
  if (!isObject(json) || !isArray(json.paths) || !isArray(json.weights)) {
    throw new CheckpointError('a group of weights is malformed', { ...where, expected: 'paths and weights' });
  }
  const names = json.paths.filter((name) => typeof name === 'string');
  // A model that a browser downloads says `./model.weights.bin`.
  const paths = names.map((name) => siblingParts(name)?.join('/') ?? name);
  if (paths.length < json.paths.length || new Set(paths).size < paths.length) {
    throw new CheckpointError('the files of a group of weights are malformed', where);
  }
  let offset = 0;
  const weights = json.weights.map((entry) => {
    const weight = parseWeight(entry, offset, where);
    offset += weight.bytes;
    return weight;
  });
  return { paths, weights, bytes: offset };
}

function parseWeight(json: Json, offset: number, { path, where }: ErrorDetail): ManifestWeight {
  if (!isObject(json) || typeof json.name !== 'string' || json.name === '') {
    throw new CheckpointError('a weight has no name', { path, where });
  }
  const { name, group } = json;
  const at = { path, where: name };
  const dtype = DTYPES.find((known) => known === json.dtype);
  if (!dtype) {
    throw new CheckpointError('a weight has an element type that is not read', {
      ...at,
      found: JSON.stringify(json.dtype)?.slice(0, 80),
      expected: DTYPES.join(', '),
    });
  }
  const quantisation = isObject(json.quantization) ? parseQuantisation(json.quantization, at) : undefined;
  const shape = parseShape(json.shape, at);
  const bytes = sizeOf(shape) * BYTES[quantisation?.dtype ?? dtype];
  if (!Number.isSafeInteger(offset + bytes)) {
    throw new CheckpointError('a weight is larger than any file', { ...at, found: `[${shape.join(', ')}]` });
  }
  return { name, dtype, shape, quantisation, optimiser: group === 'optimizer', offset, bytes };
}

function parseShape(json: Json | undefined, where: ErrorDetail): Shape {
  const fits =
    isArray(json) &&
    json.length <= MAX_RANK &&
    json.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
  if (!fits) {
    throw new CheckpointError('a weight has no proper shape', {
      ...where,
      found: JSON.stringify(json)?.slice(0, 80),
      expected: `at most ${MAX_RANK} whole numbers`,
    });
  }
  return json.map(Number);
}

function parseQuantisation(json: JsonObject, where: ErrorDetail): Quantisation {
  const { dtype, scale, min } = json;
  if (dtype === 'float16') return { dtype, scale: 1, min: 0 };
  const affine = dtype === 'uint8' || dtype === 'uint16';
  if (!affine || !isNumber(scale) || !isNumber(min)) {
    throw new CheckpointError('a weight is quantised in a way that is not read', {
      ...where,
      found: JSON.stringify(json).slice(0, 120),
      expected: 'uint8 or uint16 with scale and min, or float16',
    });
  }
  return { dtype, scale, min };
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
