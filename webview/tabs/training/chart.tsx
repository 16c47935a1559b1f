/** Draws validation accuracy or training loss of both networks by epoch. */
import type { VNode } from 'preact';
import { ChartFrame, ChartImage, Curve, EndLabels, Marks } from '../../charts/line-chart';
import type { EndLabel } from '../../../src/shared/charts/line-chart';
import { isOnScale } from '../../../src/shared/charts/line-layout';
import type { LineLayout } from '../../../src/shared/charts/line-layout';
import type { Format } from '../../../src/shared/format';
import { farthestOff, trainingLayout } from './layout';
import type { Quantity } from './layout';
import type { TrainingView } from './model';

/** Pixels from which on the words beside the line do not meet those of the curves. */
const LABELLED = 240;

export interface TrainingChartProps {
  readonly view: TrainingView;
  readonly quantity: Quantity;
  readonly width: number;
  readonly sentence: string;
  readonly format: Format;
  /** The epoch the reader stands at. */
  readonly cursor: number | undefined;
}

/** The title of the vertical axis. */
export function quantityTitle({ window }: TrainingView, quantity: Quantity, format: Format): string {
  if (quantity === 'accuracy') return 'validation top-1, %';
  return window > 1 ? `training loss, mean of ${format.count(window)} readings` : 'training loss';
}

/** Both networks' curves as far as the run has come. */
export function TrainingChart(props: TrainingChartProps): VNode {
  const { view, quantity, width, sentence, format, cursor } = props;
  const layout = trainingLayout(view, quantity, width);
  const { plot, x } = layout;
  const ends: EndLabel[] = view.arms.flatMap(({ name, tone, [quantity]: points }) => {
    const at = points.at(-1);
    const value = format.fixed(at?.y ?? null, quantity === 'accuracy' ? 2 : 3);
    return at ? [{ tone, text: `${name} ${value}`, at, edge: x(at.x) }] : [];
  });
  return (
    <ChartImage layout={layout} sentence={sentence}>
      <ChartFrame {...{ layout, format }} xTitle="epoch" yTitle={quantityTitle(view, quantity, format)} />
      {quantity === 'accuracy' && <Before {...{ view, layout, format }} />}
      {cursor !== undefined && (
        <path class="cursor" d={`M${x(cursor).toFixed(1)} ${plot.top}V${plot.bottom}`} />
      )}
      {view.arms.map(({ tone, [quantity]: points }) => (
        <>
          <Curve {...{ layout, tone, points }} />
          <Marks {...{ layout, tone, format }} points={farthestOff(points, layout.yAxis)} />
        </>
      ))}
      <EndLabels layout={layout} labels={ends} />
    </ChartImage>
  );
}

function Before({
  view: { before },
  layout,
  format,
}: {
  readonly view: TrainingView;
  readonly layout: LineLayout;
  readonly format: Format;
}): VNode | null {
  const { plot, y, yAxis } = layout;
  if (before === undefined || !isOnScale(yAxis, before)) return null;
  return (
    <>
      <path class="reference" d={`M${plot.left} ${y(before).toFixed(1)}H${plot.right}`} />
      {plot.right - plot.left >= LABELLED && (
        <text class="axis-text halo" x={plot.right} y={y(before) - 5} text-anchor="end">
          before training {format.fixed(before, 2)}
        </text>
      )}
    </>
  );
}
