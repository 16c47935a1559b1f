/** Along the depth: the ratio of each layer, and its matrix. */
import type { VNode } from 'preact';
import { csv } from '../../charts/csv';
import { DepthChart } from '../../charts/depth-chart';
import { depthLayout } from '../../charts/depth-layout';
import type { DepthLayout } from '../../charts/depth-layout';
import { standingCounts } from '../../charts/depth-model';
import type { DepthModel } from '../../charts/depth-model';
import { Legend, magnitudeMark } from '../../charts/legend';
import { positions, groupWords, positionName, sizeOf } from '../../../src/shared/positions';
import { depthReading, layerReading } from '../../charts/reading';
import { differenceScale } from '../../charts/scales';
import type { Scale } from '../../charts/scales';
import { againstMean } from '../../charts/strip';
import { CopyButton, Section, Segmented } from '../../ui/controls';
import type { LayersContext } from './context';
import { LayerStrip } from '../../ui/layer-strip';

/** The chart, the strip of matrices below it, and what they say of the network. */
export function DepthSection(props: LayersContext): VNode {
  const { depth, view, choices, choose, format, viewport, selected, select } = props;
  const { heavy, rest } = groupWords(view.nullName);
  const layout = depthLayout(depth, viewport.content);
  const reading = depthReading(depth, view, format);
  const controls = (
    <>
      <Segmented
        label="Strip"
        value={choices.strip}
        options={[
          { value: 'mean', label: 'Against layer mean' },
          { value: 'magnitude', label: 'Magnitude' },
        ]}
        onChange={(strip) => {
          choose({ strip });
        }}
      />
      <CopyButton text={() => layersCsv(depth, `${heavy} / ${rest}`)} />
    </>
  );
  const order = orderWords(props);
  const note = `${format.counted(depth.points.length, 'layer')}, ${order}`;
  return (
    <Section title="Along the depth" name="Along the depth" note={note} controls={controls}>
      <DepthChart
        model={depth}
        layout={layout}
        selected={selected}
        axisTitle={`${heavy} ÷ ${rest}`}
        reference={view.reference === 'permuted' ? 'permuted' : 'untrained'}
        sentence={`${heavy} to ${rest} ratio of ${format.count(depth.points.length)} layers in order of depth. ${reading[0] ?? ''}`}
        format={format}
        onSelect={select}
      />
      <Strip {...props} layout={layout} />
      <Keys {...props} />
      <p class="reading">{reading.join(' ')}</p>
    </Section>
  );
}

/** Without a network nothing says which layer comes first. */
function orderWords({ hasGraph }: Pick<LayersContext, 'hasGraph'>): string {
  return hasGraph ? 'input to output' : 'in the order of the file';
}

function Strip(props: LayersContext & { readonly layout: DepthLayout }): VNode {
  const { depth, selected, view, format } = props;
  const point = depth.points[selected];
  const words = point
    ? `${point.name}, ${format.count(selected + 1)} of ${format.count(depth.points.length)}, ${layerReading(point, view.nullName, format)}`
    : '';
  return (
    <LayerStrip
      {...props}
      {...stripData(props)}
      stages={depth.stages}
      label={props.choices.strip === 'mean' ? 'vs. mean' : 'matrix'}
      name={`Layer, ${orderWords(props)}`}
      words={words}
    />
  );
}

function stripData({ depth, choices, magnitude, palette }: LayersContext): {
  matrices: Array<readonly (readonly number[])[]>;
  scale: Scale;
} {
  if (choices.strip === 'magnitude') {
    return { matrices: depth.points.map(({ matrix }) => matrix), scale: magnitude };
  }
  return {
    matrices: depth.points.map(({ matrix }) => againstMean(matrix)),
    scale: differenceScale([[[0.2]]], palette),
  };
}

function Keys(props: LayersContext): VNode {
  const { depth, format, choices, magnitude } = props;
  const counts = standingCounts(depth.points);
  const entries = [
    { mark: 'above', text: `above what chance gives (${format.count(counts.above)})` },
    { mark: 'within', text: `within chance (${format.count(counts.within)})` },
    { mark: 'below', text: `below what chance gives (${format.count(counts.below)})` },
  ];
  const { scale } = stripData(props);
  const percent = (value: number) => (value === 0 ? '0' : `${format.signed(100 * value, 0)} %`);
  return (
    <div class="legends">
      {entries.map(({ mark, text }) => (
        <span class="legend-key">
          <svg width="12" height="12" aria-hidden="true">
            <circle class={`dot ${mark}`} cx="6" cy="6" r="3.5" />
          </svg>
          {text}
        </span>
      ))}
      <Legend
        label={choices.strip === 'mean' ? 'strip: position against its layer’s mean' : 'strip: magnitude'}
        scale={scale}
        write={choices.strip === 'mean' ? percent : magnitudeMark(magnitude, format)}
        width={124}
      />
    </div>
  );
}

/** One row for each layer: ratio, then each position. */
function layersCsv(depth: DepthModel, ratioName: string): string {
  const size = sizeOf(depth.points[0]?.matrix ?? []);
  const cells = positions(size);
  return csv(
    ['number', 'layer', ratioName, ...cells.map(([row, column]) => positionName(row, column, size))],
    depth.points.map(({ name, ratio, matrix }, index) => [
      index + 1,
      name,
      ratio,
      ...cells.map(([row, column]) => matrix[row]?.[column] ?? null),
    ]),
  );
}
