import type { TrainEvent, TrainResult } from '../../contract/results';
import { duration } from '../progress';
import { counted, percent, scientific, signed } from '../../shared/numbers';
import { differenceContains } from '../../shared/difference-words';
import { doubtCauses, doubtWords } from '../../shared/doubt-words';
import { createFormat } from '../../shared/format';
import { verdictWords } from '../../shared/trained-difference';
import { leftOutWords } from '../../shared/left-out';
import { facts, table } from './table';

/** Lines of the log that a person wants to see; steps are left to the progress line. */
export function renderEvent(event: TrainEvent): string[] {
  switch (event.event) {
    case 'start':
      return [
        `${event.arm}: ${counted(event.epochs, 'epoch')} of ${counted(event.stepsPerEpoch, 'step')} on ${event.backend}`,
      ];
    case 'before':
      return [`${event.arm}: before training  top-1 ${percent(event.top1)}  loss ${event.loss.toFixed(4)}`];
    case 'epoch':
      return [
        `${event.arm}: epoch ${event.epoch}  training loss ${event.loss.toFixed(4)}  top-1 ${percent(event.top1)}  loss ${event.valLoss.toFixed(4)}`,
      ];
    case 'doubt':
      return [
        `warning: ${doubtWords(event, createFormat('en'))} Likely causes:`,
        ...doubtCauses(event).map((line) => `  ${line}`),
      ];
    case 'message':
      return [event.text];
    case 'seed':
      return [`seed ${event.seed} (${event.run} of ${event.runs})`];
    case 'step':
      return [];
  }
}

function differenceToTrained({ blocks, maxRel, noise }: TrainResult['fused']): string {
  const whole = `largest relative difference to ACNet ${scientific(maxRel)}`;
  if (!blocks) return whole;
  const rounding = noise === undefined ? '' : ` (${scientific(noise)} by rounding only)`;
  return `${whole}${rounding}, of one block ${scientific(blocks.maxRel)}`;
}

/** Its interval is paired and over the images: of these two networks, not of others trained alike. */
function differencePoints({ baseline, acnet, difference }: TrainResult): string {
  const points = `${signed(acnet.top1 - baseline.top1, 2)} points`;
  if (!difference) return points;
  const { low, high } = difference;
  return `${points} [${signed(low, 2)}, ${signed(high, 2)}], paired 95 % interval over ${counted(difference.images, 'image')}`;
}

/** What both arms reached, for a terminal. */
export function renderTrain(result: TrainResult): string {
  const { baseline, acnet, fused, outputs, recipe = [], layers = [], backend, seconds } = result;
  const found = facts([
    ['baseline top-1', `${percent(baseline.top1)} (before: ${percent(baseline.before)})`],
    ['ACNet top-1', `${percent(acnet.top1)} (before: ${percent(acnet.before)})`],
    ['ACNet − baseline', differencePoints(result)],
    ['contains', differenceContains(result)],
    ['fused top-1', `${percent(fused.top1)}, ${differenceToTrained(fused)}`],
    ...recipe.map((note, i): [string, string] => [i === 0 ? 'recipe' : '', note]),
    ...layers.map((note, i): [string, string] => [i === 0 ? 'layers' : '', note]),
    ['backend', backend],
    ['time', duration(seconds)],
    ['written', outputs.baseline],
    ['', outputs.acnet],
    ['', outputs.fused],
  ]);
  const leftOut = leftOutWords(result.leftOut);
  const notes = [
    ...(result.doubt ? [`warning: ${doubtWords(result.doubt, createFormat('en'))}`] : []),
    ...(leftOut === undefined ? [] : [leftOut]),
    ...(baseline.trained ? [verdictWords(result.seeds, createFormat('en'))] : []),
  ];
  const first = result.seeds && `everything above is of seed ${result.seeds.runs.at(0)?.seed}`;
  return [found, ...(first === undefined ? [] : [first]), ...seedTable(result), ...notes].join('\n\n');
}

/** One row for each seed. */
function seedTable({ seeds }: TrainResult): string[] {
  if (!seeds) return [];
  const columns = ['seed', 'baseline', 'ACNet', 'difference', 'folder'].map((head, i) => ({
    head,
    align: i === 4 ? ('left' as const) : ('right' as const),
  }));
  const rows = seeds.runs.map(({ seed, baseline, acnet, folder }) => [
    String(seed),
    percent(baseline),
    percent(acnet),
    signed(acnet - baseline, 2),
    folder,
  ]);
  return [table(columns, rows)];
}
