import { isArray, isObject, type Json } from '../../../encodings/json';
import { takesList } from '../layers';
import type { Call, CallForm, LayerConfig, ModelConfig, TensorKey } from './model-config';

/** An input layer has one call that is not written down. */
export function callCount(layer: LayerConfig): number {
  return layer.className === 'InputLayer' ? 1 : layer.calls.length;
}

/**
 * True if a layer is called on one tensor (a sum: on one list) and nothing else. A mask, `training=True` or
 * a second argument changes what it computes.
 */
export function isPlainCall(call: Call, { className }: LayerConfig): boolean {
  if (settingsOf(call, className).some(saysSomething)) return false;
  if (!takesList(className)) return call.inputs.length === 1;
  return call.inputs.length >= 2 && isListCall(call);
}

/**
 * True if a model inside a model is called on one tensor, or on one list. `training=False`
 * is how it is called anyway when it is not trained.
 */
export function isPlainModelCall(call: Call): boolean {
  const isOff = (kwargs: Json | undefined): boolean =>
    isObject(kwargs) &&
    Object.entries(kwargs).every(
      ([key, value]) => isNothing(value ?? null) || (key === 'training' && value === false),
    );
  const settings = settingsOf(call, '');
  if (!settings.every((kwargs) => kwargs === undefined || isOff(kwargs))) return false;
  return call.inputs.length === 1 ? !hasNames(call) : isListCall(call);
}

/**
 * True if a call says `training=False`. Of layers that have this default Keras 3 writes it into every call, so there only
 * that of a batch norm or a model says something.
 */
export function isInferenceCall({ raw, form }: Call, { className, config }: LayerConfig): boolean {
  const settings = isObject(raw) ? [raw.kwargs] : isArray(raw) ? raw.map(legacySettings) : [];
  if (!settings.some((kwargs) => isObject(kwargs) && kwargs.training === false)) return false;
  return form === 'keras2' || className === 'BatchNormalization' || isArray(config.layers);
}

/** Of several inputs none has a mask. */
function isNothing(value: Json): boolean {
  return value === null || (isArray(value) && value.every(isNothing));
}

/** True if the one argument of a call is a list. */
function isListCall({ raw }: Call): boolean {
  const args = isObject(raw) ? raw.args : [raw];
  return isArray(args) && args.length === 1 && isArray(args[0]);
}

/** True if the one argument of a call is a dictionary. */
function hasNames({ raw }: Call): boolean {
  const args = isObject(raw) && isArray(raw.args) ? raw.args : [];
  return args.some((item) => isObject(item) && item.class_name !== '__keras_tensor__');
}

function settingsOf({ raw }: Call, className: string): (Json | undefined)[] {
  if (isObject(raw)) return [withoutDefaults(raw.kwargs, className)];
  return isArray(raw) ? raw.map(legacySettings) : [];
}

/** `training=False` is read where the layer is called. */
function saysSomething(kwargs: Json | undefined): boolean {
  if (!isObject(kwargs)) return false;
  return Object.entries(kwargs).some(
    ([key, value]) => value !== null && !(key === 'training' && value === false),
  );
}

/**
 * Keras 3 writes the default of `training` into every call (false; true for layers of images), and what a model is
 * run with wins over it.
 */
function withoutDefaults(kwargs: Json | undefined, className: string): Json | undefined {
  if (!isObject(kwargs) || kwargs.training !== /^(Resizing|Random[A-Z]\w*)$/.test(className)) return kwargs;
  const { training: _training, ...rest } = kwargs;
  return rest;
}

/** Keyword arguments in Keras 2's form; a call in any other form counts as having some. */
function legacySettings(item: Json): Json | undefined {
  return isArray(item) ? item[3] : { form: item };
}

/** Number of the first call of each layer as calls and as outputs count it, where it is not 0. */
export interface CallBases {
  readonly calls: ReadonlyMap<string, number>;
  readonly outputs: ReadonlyMap<string, number>;
}

/**
 * A model inside a model comes with a call of its own that is not written down. Keras 2 counts it everywhere,
 * Keras 3 only among the outputs and only for functional models. What the numbers themselves show wins.
 * @param form of calls where the model has none
 * @param classes of layers that are written as another class than they were read as
 */
export function callBases(
  model: ModelConfig,
  form: CallForm = 'keras3',
  classes: ReadonlyMap<string, string> = new Map(),
): CallBases {
  const nested = model.layers.filter(({ config }) => isArray(config.layers));
  const inputs = model.layers.flatMap(({ calls }) => calls.flatMap((call) => call.inputs));
  const forms = model.layers.flatMap(({ calls }) => calls.map((call) => call.form));
  const old = forms.includes('keras2') || (forms.length === 0 && form === 'keras2');
  const base = (
    keys: readonly TensorKey[],
    counted: (layer: LayerConfig) => boolean,
  ): Map<string, number> => {
    const shiftedLayers = nested.filter((layer) => {
      if (classes.has(layer.name)) return counted(layer);
      const numbers = keys.filter((key) => key.layer === layer.name).map(({ call }) => call);
      if (numbers.includes(0)) return false;
      return counted(layer) || numbers.some((number) => number >= layer.calls.length);
    });
    return new Map(shiftedLayers.map(({ name }) => [name, 1]));
  };
  const isFunctional = ({ name, className }: LayerConfig): boolean =>
    (classes.get(name) ?? className) !== 'Sequential';
  return {
    calls: base(inputs, () => old),
    outputs: base(model.outputs, (layer) => old || isFunctional(layer)),
  };
}

/** A tensor with the number of its call counted from 0. */
export function shifted(key: TensorKey, bases: ReadonlyMap<string, number>): TensorKey {
  const base = bases.get(key.layer) ?? 0;
  return base === 0 ? key : { ...key, call: key.call - base };
}
