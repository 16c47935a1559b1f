/** The sentences beside the pictures: computed, with numbers, never praise. */
import type { NullModels } from '../../src/contract/results';
import type { Format } from '../../src/shared/format';
import { capitalised } from '../../src/shared/words';
import { standingCounts } from './depth-model';
import type { DepthModel, DepthPoint, Stage } from './depth-model';
import { positions, groupRatio, groupWords, positionPhrase, sizeOf } from '../../src/shared/positions';
import type { NullName, ReferenceName } from '../../src/shared/positions';
import { chanceCounts } from '../../src/shared/chance';
import type { Within } from '../../src/shared/chance';
import type { Matrix } from '../../src/shared/matrix';

/** The equation of the whole model: `own` − `untrained` = `difference`. */
export interface WholeModelInput {
  readonly own: Matrix;
  readonly untrained: Matrix;
  readonly difference: Matrix;
  /** Where the difference is no more than chance gives; no sentence names those. */
  readonly within: Within;
  readonly nullName: NullName;
  readonly reference: ReferenceName;
  readonly layers: number;
}

/** What the equation of the whole model says. */
export function wholeModelReading(input: WholeModelInput, format: Format): string[] {
  const { own, untrained, nullName, reference, layers } = input;
  const { heavy, rest } = groupWords(nullName);
  const group = nullName === 'border' ? 'the rest' : `the ${rest}s`;
  const ratios =
    `${capitalised(heavy)} positions average ${format.ratio(groupRatio(own, nullName))} ${group}; ` +
    `${referenceGives(reference)} ${format.ratio(groupRatio(untrained, nullName))}.`;
  const sentences = [ratios, differenceSentence(input, format)];
  if (layers === 1) sentences.push('This is one layer, so its largest position is 1 by definition.');
  return sentences;
}

function referenceGives(reference: ReferenceName): string {
  if (reference === 'permuted') return 'its own weights, permuted within each slice, give';
  return reference === 'plain'
    ? 'an untrained copy of these layers gives'
    : 'an untrained, fused block gives';
}

function differenceSentence({ difference, within, reference }: WholeModelInput, format: Format): string {
  const size = sizeOf(difference);
  const one = reference === 'permuted' ? 'permuted' : 'untrained';
  const found = positions(size)
    .map(([row, column]) => ({ row, column, value: difference[row]?.[column] ?? NaN }))
    .filter(({ value, row, column }) => Number.isFinite(value) && !within[row]?.[column])
    .sort((a, b) => a.value - b.value);
  const [lowest, highest] = [found[0], found.at(-1)];
  if (!lowest || !highest) {
    return `No position differs from the ${one} one by more than chance gives: the picture shows no effect of training.`;
  }
  const say = (cell: typeof lowest) =>
    `${positionPhrase(cell.row, cell.column, size)} (${format.signed(cell.value, 3)})`;
  const counts = chanceCounts(within);
  if (counts.within === 0 && highest.value < 0) {
    return `Every position lies below the ${one} one: ${say(highest)} the least, ${say(lowest)} the most.`;
  }
  if (counts.within === 0 && lowest.value > 0) {
    return `Every position lies above the ${one} one: ${say(lowest)} the least, ${say(highest)} the most.`;
  }
  const ends = [
    ...(lowest.value < 0 ? [`${say(lowest)} lies lowest`] : []),
    ...(highest.value > 0 ? [`${say(highest)} ${lowest.value < 0 ? 'highest' : 'lies highest'}`] : []),
  ];
  const rest =
    counts.within > 0
      ? `; ${format.count(counts.within)} of ${format.count(counts.all)} lie within chance`
      : '';
  return `Against the ${one} one, ${ends.join(' and ')}${rest}.`;
}

/** What the untrained block says about the paper's figure; only where both are shown. */
export function referenceReading(skeleton: Matrix, format: Format): string {
  const values = [skeleton[0]?.[0], skeleton[0]?.[1], skeleton[1]?.[1]].map((value) =>
    format.fixed(value ?? null, 2),
  );
  return `Most of the cross in the paper's ACNet is there before training: the three normalised branches by themselves give ${values.join(', ')} from corner to centre.`;
}

/**
 * For a block's null: whether the kernels look like plain ones instead. A block that was converted to preserve
 * the output has branches of γ = 0, so its fused kernels are still those of the plain network.
 */
export function closerToPlain(own: Matrix, nulls: NullModels, nullName: NullName, format: Format): string[] {
  if (nullName === 'plain') return [];
  const [plain, block] = [nulls.plain, nulls[nullName]].map((other) => meanDistance(own, other));
  if (plain === undefined || block === undefined || plain >= block) return [];
  return [
    `The kernels lie closer to untrained plain ones (on average ${format.fixed(plain, 3)} apart) than to the untrained block (${format.fixed(block, 3)}): branches that start at γ = 0 add nothing before they are trained.`,
  ];
}

function meanDistance(a: Matrix, b: Matrix): number {
  const distances = a.flatMap((row, r) => row.map((value, c) => Math.abs(value - (b[r]?.[c] ?? NaN))));
  return distances.reduce((sum, distance) => sum + distance, 0) / Math.max(1, distances.length);
}

/** What the ratios along the depth say. */
export function depthReading(model: DepthModel, { nullName, reference }: Compared, format: Format): string[] {
  const { points, stages } = model;
  const known = points.filter(({ ratio }) => ratio !== null);
  if (known.length === 0) return ['No layer of this size has a ratio to show.'];
  const { heavy } = groupWords(nullName);
  const counts = standingCounts(known);
  const total = format.count(known.length);
  const sentences = [
    `The ${heavy} is heavier than in ${kernelsOf(reference)} in ${format.count(counts.above)} of ${total} layers, lighter in ${format.count(counts.below)}, and within chance in ${format.count(counts.within)}.`,
  ];
  sentences.push(...stageSentences(points, stages, heavy, format));
  if (Math.min(counts.above, counts.below) >= known.length / 10) {
    sentences.push('The average over all layers hides this.');
  }
  return sentences;
}

function stageSentences(
  points: readonly DepthPoint[],
  stages: readonly Stage[],
  heavy: string,
  format: Format,
): string[] {
  const scored = stages
    .map((stage) => ({ stage, members: points.slice(stage.from, stage.to + 1) }))
    .filter(({ members }) => members.length >= 3)
    .map(({ stage, members }) => ({ stage, members, counts: standingCounts(members) }));
  const say = (standing: 'above' | 'below', word: string) => {
    const best = scored
      .filter(({ counts, members }) => counts[standing] * 2 > members.length)
      .sort((a, b) => b.counts[standing] / b.members.length - a.counts[standing] / a.members.length)[0];
    if (!best) return [];
    const matching = best.members.filter((point) => point.standing === standing);
    return [
      `In ${best.stage.name === '' ? best.stage.label : best.stage.name} it is ${word} in ${format.count(matching.length)} of ${format.count(best.members.length)} layers (${range(matching, format)}).`,
    ];
  };
  return scored.length < 2
    ? []
    : [...say('above', 'heavier'), ...say('below', 'lighter')].map((sentence) =>
        sentence.replace('it is', `the ${heavy} is`),
      );
}

function range(points: readonly DepthPoint[], format: Format): string {
  const ratios = points.map(({ ratio }) => ratio ?? NaN).filter(Number.isFinite);
  return `${format.fixed(Math.min(...ratios), 2)}–${format.ratio(Math.max(...ratios))}`;
}

/** What layers are compared with; `nullName` says which positions are the heavy ones. */
interface Compared {
  readonly nullName: NullName;
  readonly reference: ReferenceName;
}

function kernelsOf(reference: ReferenceName): string {
  return reference === 'permuted' ? 'its own weights permuted' : 'untrained kernels';
}

/** One layer, for its heading, its option in the strip and screen readers. */
export function layerReading(point: DepthPoint, nullName: NullName, format: Format): string {
  const { heavy, rest } = groupWords(nullName);
  const words: Record<DepthPoint['standing'], string> = {
    above: 'above what chance gives',
    within: 'within chance',
    below: 'below what chance gives',
    unknown: 'no ratio',
  };
  const { reference, spread } = point;
  const range = `${format.fixed(reference - spread, 2)}–${format.ratio(reference + spread)}`;
  return `${heavy} ÷ ${rest} ${format.ratio(point.ratio)}, ${words[point.standing]} (${range})`;
}
