import { DataError, UnsupportedError } from '../../core/errors';
import type { Graph } from '../../core/graph/graph';
import { inputValuesOf, type InputEvidence } from '../../core/graph/input-values';
import { inputEvidenceWords } from '../../shared/input-words';
import type { Network } from '../backend';
import type { Resize } from '../../shared/choices';
import type { InputSize } from './resize';

/** How a picture becomes the network's input: pixels 0–255 × scale − mean, ÷ std, per channel. */
export interface Preprocessing extends InputSize {
  readonly scale: number;
  /** One number per channel. */
  readonly mean: readonly number[];
  /** One number per channel. */
  readonly std: readonly number[];
  /** The layer by which `scale` was chosen; absent where the user states it, or no layer shows it. */
  readonly evidence?: InputEvidence;
}

/** What a user may state; the rest follows from the network. */
export interface PreprocessingOptions {
  /** Height and width of the input, for a network that leaves them open. */
  readonly size?: number;
  /** How images come to that size; `squash` when absent. */
  readonly resize?: Resize;
  /** When absent 1 where the network itself rescales or normalises pixels from 0 to 255, else 1/255. */
  readonly scale?: number;
  /** One number, or one per channel; 0 when absent. */
  readonly mean?: readonly number[];
  /** One number, or one per channel; 1 when absent. */
  readonly std?: readonly number[];
}

/**
 * Settles the preprocessing for a network.
 * @throws UnsupportedError when the network does not take one image, DataError when the options do not fit it.
 */
export function preprocessingFor(network: Network, options: PreprocessingOptions): Preprocessing {
  const { graph } = network;
  const [height, width, channels] = imageInput(graph);
  const size = {
    height: settle(height, options.size),
    width: settle(width, options.size),
    channels,
    ...(options.resize !== undefined && { resize: options.resize }),
  };
  const evidence = options.scale === undefined ? inputValuesOf(network).evidence : undefined;
  const scale = options.scale ?? (evidence?.highest === 255 ? 1 : 1 / 255);
  const mean = perChannel('mean', options.mean ?? [0], channels);
  const std = perChannel('std', options.std ?? [1], channels);
  if (std.some((value) => value <= 0)) {
    throw new DataError('std must be above 0', { found: std.join(', ') });
  }
  return { ...size, scale, mean, std, ...(evidence && { evidence }) };
}

function imageInput(graph: Graph): [number | null, number | null, number] {
  const shape = graph.shapes.get(graph.inputs[0]);
  const channels = shape?.[3];
  if (graph.inputs.length !== 1 || shape?.length !== 4 || (channels !== 1 && channels !== 3)) {
    throw new UnsupportedError('the network does not take one image', {
      found: graph.inputs.map((input) => describe(graph.shapes.get(input))).join(' and ') || 'no input',
      expected: 'one input, N × height × width × 1 or 3',
    });
  }
  return [shape[1], shape[2], channels];
}

function describe(shape: ReadonlyArray<number | null> | null | undefined): string {
  return shape ? shape.map((size, axis) => size ?? (axis === 0 ? 'N' : '?')).join(' × ') : 'an unknown shape';
}

/** @throws DataError when an image input of the network has another size than `wanted`. */
export function requireSize(graph: Graph, wanted: number | undefined): void {
  if (wanted === undefined) return;
  for (const input of graph.inputs) {
    const shape = graph.shapes.get(input);
    if (shape?.length === 4) for (const known of shape.slice(1, 3)) settle(known, wanted);
  }
}

function settle(known: number | null, wanted: number | undefined): number {
  if (known === null && wanted === undefined) {
    throw new DataError('the network leaves its input size open, so a size is needed', {
      expected: '--size 224 on the command line, or "size": 224 in the data of a job',
    });
  }
  if (known !== null && wanted !== undefined && known !== wanted) {
    throw new DataError('the size does not fit the network', { found: `${wanted}`, expected: `${known}` });
  }
  return known ?? wanted ?? 0;
}

function perChannel(name: string, values: readonly number[], channels: number): readonly number[] {
  if (values.length === channels) return values;
  if (values.length === 1) return new Array<number>(channels).fill(values[0]);
  throw new DataError(`${name} does not fit the network`, {
    found: `${values.length} numbers`,
    expected: channels === 1 ? 'one number' : `one number, or ${channels}`,
  });
}

/** As in `28 × 28 × 1, pixels 0–255 × 1/255`. */
export function describePreprocessing(preprocessing: Preprocessing): string {
  const { height, width, channels, resize = 'squash', scale, mean, std, evidence } = preprocessing;
  const how = resize === 'squash' ? '' : `, resize ${resize}`;
  const factor = scale === 1 ? '' : ` × ${scale === 1 / 255 ? '1/255' : scale}`;
  const shift = mean.some((value) => value !== 0) ? ` − (${mean.join(', ')})` : '';
  const spread = std.some((value) => value !== 1) ? ` ÷ (${std.join(', ')})` : '';
  const why = evidence ? `, ${inputEvidenceWords(evidence)}` : '';
  return `${height} × ${width} × ${channels}${how}, pixels 0–255${factor}${shift}${spread}${why}`;
}

/** The preprocessed value of each byte, 256 per channel. */
export function lookupTable({ channels, scale, mean, std }: Preprocessing): Float32Array {
  const table = new Float32Array(channels * 256);
  for (let channel = 0; channel < channels; channel++) {
    for (let byte = 0; byte < 256; byte++) {
      table[channel * 256 + byte] = (byte * scale - mean[channel]) / std[channel];
    }
  }
  return table;
}
