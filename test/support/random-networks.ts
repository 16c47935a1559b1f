import fc from 'fast-check';
import type { Checkpoint } from '../../src/core/checkpoint';
import { windowOutputs, type Padding, type Pair } from '../../src/core/graph/padding';
import { NetworkBuilder } from './reference-networks';

/** Channels of every value, so that any two of the same size can be added and any grouping fits. */
export const CHANNELS = 4;

/** One convolution of a random network with what is around it. */
export interface Stage {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  /** `CHANNELS` makes it depthwise. */
  readonly groups: number;
  readonly bias: boolean;
  readonly norm: 'none' | 'direct' | 'behind relu';
  readonly gamma: boolean;
  readonly beta: boolean;
  readonly epsilon: number;
  readonly relu: boolean;
  /** Adds what the stage reads to what it makes, where that has the same size. */
  readonly residual: boolean;
}

export interface RandomNetwork {
  readonly seed: number;
  readonly size: Pair;
  readonly stages: readonly Stage[];
}

const pair = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** The same on both axes three times out of four, as networks have it. */
const mostlyEqual = (min: number, max: number): fc.Arbitrary<Pair> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min, max }).map((n): Pair => [n, n]) },
    { weight: 1, arbitrary: pair(min, max) },
  );

const zeros = fc.integer({ min: 0, max: 3 });

const stage: fc.Arbitrary<Stage> = fc.record({
  kernel: mostlyEqual(2, 5),
  stride: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Pair>([1, 1]) },
    { weight: 1, arbitrary: mostlyEqual(1, 3) },
  ),
  dilation: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Pair>([1, 1]) },
    { weight: 1, arbitrary: pair(1, 2) },
  ),
  padding: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Padding>('same') },
    { weight: 1, arbitrary: fc.constant<Padding>('valid') },
    { weight: 1, arbitrary: fc.record({ top: zeros, bottom: zeros, left: zeros, right: zeros }) },
  ),
  groups: fc.constantFrom(1, 1, 2, CHANNELS),
  bias: fc.boolean(),
  norm: fc.constantFrom('none', 'direct', 'direct', 'behind relu'),
  gamma: fc.boolean(),
  beta: fc.boolean(),
  epsilon: fc.constantFrom(1e-5, 1e-3, 1e-2),
  relu: fc.boolean(),
  residual: fc.boolean(),
});

/** Networks of one to four convolutions. */
export const randomNetwork: fc.Arbitrary<RandomNetwork> = fc.record({
  seed: fc.nat(),
  size: pair(5, 11),
  stages: fc.array(stage, { minLength: 1, maxLength: 4 }),
});

/** Builds one: the convolutions are `conv0`, `conv1`, …; behind them a 1 × 1 convolution that mixes the channels. */
export function buildNetwork({ seed, size, stages }: RandomNetwork): Checkpoint {
  const builder = new NetworkBuilder(seed);
  let at = size;
  let value = builder.input(...size, CHANNELS);
  stages.forEach((settings, i) => {
    const window = { kernel: settings.kernel, stride: settings.stride, dilation: settings.dilation };
    const made = windowOutputs(at, window, settings.padding).map(Number);
    // Where the image has become too small for the window, zeros make up for it.
    const padding = Math.min(...made) < 1 ? 'same' : settings.padding;
    const [height, width] = windowOutputs(at, window, padding).map(Number);
    const next = addStage(builder, value, { ...settings, padding }, i);
    const fits = settings.residual && height === at[0] && width === at[1];
    value = fits ? builder.node('add', `add${i}`, {}, [next, value]) : next;
    at = [height, width];
  });
  return builder.build(builder.conv('head', value, { kernel: [1, 1], filters: 3 }));
}

function addStage(builder: NetworkBuilder, input: string, settings: Stage, i: number): string {
  let value = builder.conv(`conv${i}`, input, { ...settings, filters: CHANNELS });
  if (settings.norm === 'behind relu') value = builder.node('relu', `inner${i}`, {}, [value]);
  if (settings.norm !== 'none') value = builder.batchNorm(`bn${i}`, value, settings);
  return settings.relu ? builder.node('relu', `relu${i}`, {}, [value]) : value;
}
