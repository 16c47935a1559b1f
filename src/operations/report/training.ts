import { percent, signed } from '../../shared/numbers';
import type { Arm, TrainEvent } from '../../contract/results';
import { accuracyAxis, countAxis } from '../../shared/charts/line-layout';
import { responsiveChart, type Chart, type Series } from './chart';
import { ARM_NAMES, type ReportData } from './data';
import { html, htmlTable, type Markup } from './html';

const ARMS: readonly Arm[] = ['baseline', 'acnet'];

type EpochEvent = Extract<TrainEvent, { event: 'epoch' }>;
type BeforeEvent = Extract<TrainEvent, { event: 'before' }>;

/** Both networks epoch by epoch. */
export function trainingSection({ train: { events } }: ReportData): Markup {
  return html`<section aria-label="Fine-tuning">
    <h2>Fine-tuning</h2>
    <p class="note">
      both networks: same data, order, seed and recipe; accuracy on the held-out images after each epoch
    </p>
    ${responsiveChart(accuracyChart(events), 260)} ${table(events)}
  </section>`;
}

function accuracyChart(events: readonly TrainEvent[]): Chart {
  const series = ARMS.map((arm): Series => ({
    name: ARM_NAMES[arm],
    tone: arm === 'acnet' ? 'acnet' : 'plain',
    points: pointsOf(events, arm),
  }));
  const values = series.flatMap(({ points }) => points.map(({ y }) => y));
  const epochs = Math.max(1, ...series.flatMap(({ points }) => points.map(({ x }) => x)));
  const last = series.map(({ name, points }) => `${name} ${percent(points.at(-1)?.y ?? 0)}`);
  return {
    description: `Top-1 accuracy after each epoch; at the end ${last.join(', ')}.`,
    x: { ...countAxis(epochs, 10), title: 'epoch (0: before training)' },
    y: { ...accuracyAxis(values), title: 'top-1 accuracy, %' },
    series,
  };
}

function pointsOf(events: readonly TrainEvent[], arm: Arm) {
  const before = events.find((event): event is BeforeEvent => event.event === 'before' && event.arm === arm);
  const epochs = epochsOf(events, arm).map(({ epoch, top1 }) => ({ x: epoch, y: top1 }));
  return before ? [{ x: 0, y: before.top1 }, ...epochs] : epochs;
}

function epochsOf(events: readonly TrainEvent[], arm: Arm): EpochEvent[] {
  return events.filter((event): event is EpochEvent => event.event === 'epoch' && event.arm === arm);
}

function table(events: readonly TrainEvent[]): Markup {
  const [baseline, acnet] = ARMS.map((arm) => epochsOf(events, arm));
  const rows = Array.from({ length: Math.max(baseline.length, acnet.length) }, (_, i) => [
    String(i + 1),
    ...cells(baseline.at(i)),
    ...cells(acnet.at(i)),
    difference(baseline.at(i), acnet.at(i)),
  ]);
  const heads = ARMS.flatMap((arm) => [
    { head: `${ARM_NAMES[arm]} training loss`, number: true },
    { head: `${ARM_NAMES[arm]} top-1, %`, number: true },
    { head: `${ARM_NAMES[arm]} test loss`, number: true },
  ]);
  return htmlTable(
    'The same numbers, epoch by epoch',
    [{ head: 'epoch', number: true }, ...heads, { head: 'ACNet − baseline', number: true }],
    rows,
  );
}

function cells(event: EpochEvent | undefined): string[] {
  if (!event) return ['–', '–', '–'];
  return [event.loss.toFixed(4), event.top1.toFixed(2), event.valLoss.toFixed(4)];
}

function difference(baseline: EpochEvent | undefined, acnet: EpochEvent | undefined): string {
  return baseline && acnet ? signed(acnet.top1 - baseline.top1, 2) : '–';
}
