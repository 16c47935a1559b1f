import type { OpAttributes } from '../../../graph/ops';
import { isArray, isObject, type Json, type JsonObject } from '../../../encodings/json';
import type { Call, LayerConfig } from '../read/model-config';
import { sameJson } from '../same';
import { policyOf } from './fields';
import type { LayerBody } from './kind';

// Arithmetic with constants: `x / 127.5 - 1` in a functional model. Keras makes a layer of each operation, with the
// constants among the arguments of its call.

/** What a constant is to a value. */
type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide';
type Operation = Arithmetic | 'cast';

/** Classes of Keras 3. */
const CLASSES: ReadonlyMap<string, Operation> = new Map([
  ['Add', 'add'],
  ['Subtract', 'subtract'],
  ['Multiply', 'multiply'],
  ['TrueDivide', 'divide'],
  ['Divide', 'divide'],
  ['Cast', 'cast'],
]);

/** Functions of TensorFlow, as Keras 2 has them in layers of the class TFOpLambda. */
const FUNCTIONS: ReadonlyMap<string, Operation> = new Map([
  ['__operators__.add', 'add'],
  ['math.add', 'add'],
  ['nn.bias_add', 'add'],
  ['math.subtract', 'subtract'],
  ['math.multiply', 'multiply'],
  ['math.truediv', 'divide'],
  ['math.divide', 'divide'],
  ['cast', 'cast'],
]);

/** What Keras 2 writes in the place of a tensor where the first argument is a constant. */
const CONSTANT = '_CONSTANT_VALUE';

const FLOATS: ReadonlySet<Json> = new Set(['float32', 'float16', 'bfloat16']);

/**
 * Reads an operation of a value with numbers: one, or one per channel.
 * @param rank of the value, `null` if unknown
 * @returns undefined for any other layer
 */
export function readOperation(layer: LayerConfig, rank: number | null): LayerBody | undefined {
  if (policyOf(layer.config.dtype) === undefined) return undefined;
  const [body, ...others] = layer.calls.map((call) => readCall(layer, call, rank));
  // Calls of one layer agree.
  return body && others.every((other) => sameJson(other ?? null, body)) ? body : undefined;
}

const IDENTITY: LayerBody = { op: 'identity', attributes: {}, roles: [] };

function readCall(layer: LayerConfig, call: Call, rank: number | null): LayerBody | undefined {
  const asked = call.inputs.length === 1 ? operationOf(layer, call) : undefined;
  if (!asked) return undefined;
  const { operation, values, dtype } = asked;
  if (operation === 'cast') return values.length === 1 && FLOATS.has(dtype ?? null) ? IDENTITY : undefined;
  return values.length === 2 ? rescaling(operation, values, rank) : undefined;
}

/** What a call computes of which arguments, as the layer's Keras writes it. */
function operationOf(
  { className, module, config }: LayerConfig,
  { raw }: Call,
): (Arguments & { readonly operation: Operation }) | undefined {
  const isOld = className === 'TFOpLambda';
  if (!isOld && !isOperation(module)) return undefined;
  const operation = isOld ? FUNCTIONS.get(textOf(config.function)) : CLASSES.get(className);
  const args = isOld ? keras2Arguments(raw) : keras3Arguments(raw);
  return operation && args && { operation, ...args, dtype: args.dtype ?? config.dtype };
}

function textOf(json: Json | undefined): string {
  return typeof json === 'string' ? json : '';
}

function isOperation(module: string | undefined): boolean {
  return module !== undefined && /^keras\.src\.ops(\.|$)/.test(module);
}

/** Arguments of a call in their order; the value itself is an object or a reference to a layer's output. */
interface Arguments {
  readonly values: readonly Json[];
  readonly dtype?: Json | undefined;
}

/** A call is `{ args, kwargs }`. */
function keras3Arguments(raw: Json): Arguments | undefined {
  if (!isObject(raw) || !isArray(raw.args)) return undefined;
  const { x, x1, x2, dtype, ...rest } = isObject(raw.kwargs) ? raw.kwargs : {};
  const values = [...raw.args, ...[x, x1, x2].filter((value) => value !== undefined)];
  return saysNothing(rest) ? { values, dtype } : undefined;
}

/** A call is `[layer, call, tensor, the other arguments by name]`, in a list of its own or not. */
function keras2Arguments(raw: Json): Arguments | undefined {
  const call = isArray(raw) && isArray(raw[0]) ? raw[0] : raw;
  if (!isArray(call)) return undefined;
  const [layer, , value, named] = call;
  if (!isObject(named)) return undefined;
  const { y, bias, dtype, data_format: format, name: _name, ...rest } = named;
  if (!saysNothing(rest) || !LAST.has(format ?? null)) return undefined;
  const first = layer === CONSTANT ? (value ?? null) : REFERENCE;
  const values = [first, ...[y, bias].filter((other) => other !== undefined)];
  return { values: values.map((each) => (isReference(each) ? REFERENCE : each)), dtype };
}

/** Stands for an output of a layer. */
const REFERENCE: Json = { class_name: '__keras_tensor__' };

/** How a call says that channels are last. */
const LAST: ReadonlySet<Json> = new Set([null, 'channels_last', 'NHWC']);

function isReference(json: Json): boolean {
  return isArray(json) && typeof json[0] === 'string';
}

function saysNothing(settings: JsonObject): boolean {
  return Object.values(settings).every((value) => value === null);
}

function rescaling(
  arithmetic: Arithmetic,
  [left = null, right = null]: readonly Json[],
  rank: number | null,
): LayerBody | undefined {
  const [before, after] = [numbersOf(left, rank), numbersOf(right, rank)];
  const numbers = after ?? before;
  const channels = channelsOf(after ? left : right);
  if ((before && after) || !numbers) return undefined;
  if (numbers.length > 1 && channels !== undefined && channels !== numbers.length) return undefined;
  const attributes = after ? behind(arithmetic, after) : ahead(arithmetic, numbers);
  return attributes && { op: 'rescaling', attributes, roles: [] };
}

/** Of a value as Keras 3 writes it; undefined where it does not say them. */
function channelsOf(value: Json): number | undefined {
  const shape = isObject(value) && isObject(value.config) ? value.config.shape : undefined;
  const last = isArray(shape) ? shape.at(-1) : undefined;
  return typeof last === 'number' ? last : undefined;
}

/** value ∘ numbers */
function behind(arithmetic: Arithmetic, numbers: readonly number[]): OpAttributes['rescaling'] {
  switch (arithmetic) {
    case 'add':
      return { scale: [1], offset: numbers };
    case 'subtract':
      return { scale: [1], offset: numbers.map((number) => -number) };
    case 'multiply':
      return { scale: numbers, offset: [0] };
    case 'divide':
      return { scale: numbers.map((number) => 1 / number), offset: [0] };
  }
}

/** numbers ∘ value */
function ahead(arithmetic: Arithmetic, numbers: readonly number[]): OpAttributes['rescaling'] | undefined {
  if (arithmetic === 'divide') return undefined;
  return arithmetic === 'subtract' ? { scale: [-1], offset: numbers } : behind(arithmetic, numbers);
}

/**
 * One number, or those of the last axis; undefined for a value of the network and for numbers along other axes.
 * @param axes that the numbers may have
 */
function numbersOf(json: Json, axes: number | null): readonly number[] | undefined {
  if (typeof json === 'number') return [json];
  if (isObject(json)) {
    const isConstant = json.class_name === '__tensor__' || json.class_name === '__numpy__';
    return isConstant && isObject(json.config) ? numbersOf(json.config.value ?? null, axes) : undefined;
  }
  if (!isArray(json) || json.length === 0 || axes === 0) return undefined;
  if (json.every((value) => typeof value === 'number')) return json;
  return json.length === 1 ? numbersOf(json[0] ?? null, axes === null ? 1 : axes - 1) : undefined;
}
