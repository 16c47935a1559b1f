import type { ValueShape } from '../../../graph/shape';
import { isArray, isObject, type Json } from '../../../encodings/json';
import { parseModel, type LayerConfig, type ModelConfig } from './model-config';

/** Deepest model inside a model that is looked into. */
const MAX_DEPTH = 16;

/** Keras's own classes of models; a class of somebody else's may compute anything. */
const CLASSES = new Set(['Functional', 'Model', 'Sequential']);

/**
 * The model that a layer is; `undefined` for any other layer and for a model that cannot be looked into: one of code, or
 * one whose inputs are not a plain list.
 * @param depth number of models around the layer's own
 * @throws CheckpointError if its configuration is malformed.
 */
export function layerModel(layer: LayerConfig, depth: number, path: string): ModelConfig | undefined {
  const { className, module, raw, name, config } = layer;
  const isStock = CLASSES.has(className) && (module === undefined || /^(tf_)?keras(\.|$)/.test(module));
  if (!isStock || depth >= MAX_DEPTH) return undefined;
  const model = parseModel(raw, { path, where: name }, layer.isOld);
  if (!model) return undefined;
  if (model.kind === 'sequential') return model.layers.length > 0 ? model : undefined;
  const inputs = model.layers.filter((inner) => inner.className === 'InputLayer').map((inner) => inner.name);
  const named = model.inputs.map((key) => key.layer);
  const fits =
    inputs.length === named.length &&
    new Set(named).size === named.length &&
    named.every((input) => inputs.includes(input)) &&
    model.outputs.length > 0 &&
    !isObject(config.input_layers);
  return fits ? model : undefined;
}

/** How many inputs and outputs a model has. */
export function portsOf({ kind, inputs, outputs }: ModelConfig): {
  readonly inputs: number;
  readonly outputs: number;
} {
  return kind === 'sequential'
    ? { inputs: 1, outputs: 1 }
    : { inputs: inputs.length, outputs: outputs.length };
}

/** The shape of the input of a sequential model that begins with no input layer; `undefined` if it says none. */
export function inputShape({ layers, config }: ModelConfig, path: string): ValueShape | undefined {
  const first = layers.at(0);
  if (!first) return undefined;
  const own =
    declaredShape(first) ??
    shapeOf(config.build_input_shape) ??
    (isObject(first.raw.build_config) ? shapeOf(first.raw.build_config.input_shape) : undefined);
  if (own) return own;
  const model = layerModel(first, 0, path);
  if (!model) return undefined;
  const input = model.layers.find(({ name }) => name === model.inputs[0]?.layer);
  return input ? declaredShape(input) : inputShape(model, path);
}

/** The shape that a layer says its input has, batch included. */
export function declaredShape({ config }: LayerConfig): ValueShape | undefined {
  return shapeOf(config.batch_shape) ?? shapeOf(config.batch_input_shape);
}

function shapeOf(shape: Json | undefined): ValueShape | undefined {
  if (!isArray(shape) || shape.length === 0 || shape.length > 8) return undefined;
  const fits = shape.every(
    (dim) => dim === null || (typeof dim === 'number' && Number.isInteger(dim) && dim > 0),
  );
  return fits ? (shape as ValueShape) : undefined;
}
