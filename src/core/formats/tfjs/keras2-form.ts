import { UnsupportedError } from '../../errors';
import { isArray, isObject, type Json, type JsonObject } from '../../encodings/json';
import { leaves, mapTensors, type TensorKey } from '../keras/read/model-config';

/**
 * A model's entry as TensorFlow.js reads it, which knows only the form of Keras 2: calls as lists, the shape of an input
 * as `batch_input_shape`, inputs and outputs as lists of lists.
 * @throws UnsupportedError if a call has settings that this form cannot hold.
 */
export function keras2Form(model: JsonObject): JsonObject {
  const { config } = model;
  if (!isObject(config) || !isArray(config.layers)) return model;
  const layers = config.layers.map(layerForm);
  const ends = Object.fromEntries(
    ['input_layers', 'output_layers']
      .filter((key) => config[key] !== undefined)
      .map((key) => [key, leaves(config[key]).map(keyJson)]),
  );
  return { ...model, config: { ...config, layers, ...ends } };
}

function keyJson({ layer, call, tensor }: TensorKey): Json {
  return [layer, call, tensor];
}

function layerForm(layer: Json): Json {
  if (!isObject(layer)) return layer;
  const calls = layer.inbound_nodes;
  const config = isObject(layer.config) ? inputForm(layer.config) : layer.config;
  const nested =
    isObject(config) && isArray(config.layers) ? keras2Form({ ...layer, config }) : { ...layer, config };
  return isArray(calls) ? { ...nested, inbound_nodes: calls.map((call) => callForm(call, layer)) } : nested;
}

function inputForm({ batch_shape: shape, ...config }: JsonObject): JsonObject {
  return shape === undefined ? config : { batch_input_shape: shape, ...config };
}

function callForm(call: Json, layer: JsonObject): Json {
  if (!isObject(call)) return call;
  const settings = isObject(call.kwargs) ? call.kwargs : {};
  const set = Object.entries(settings).filter(([, value]) => value !== null && value !== undefined);
  const keys: Json[] = [];
  mapTensors(call.args ?? [], 'keras3', ({ layer: name, call: number, tensor }, json) => {
    keys.push([name, number, tensor, {}]);
    return json;
  });
  if (set.length > 0) {
    throw new UnsupportedError('TensorFlow.js has no calls with such settings', {
      where: typeof layer.name === 'string' ? layer.name : undefined,
      found: set.map(([key]) => key).join(', '),
    });
  }
  return keys;
}
