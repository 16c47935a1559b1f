/** The selected layer against untrained kernels of its own size, and what the file says about it. */
import type { VNode } from 'preact';
import { matricesCsv } from '../../charts/csv';
import { pair } from '../../../src/shared/numbers';
import { layerReading } from '../../charts/reading';
import { differenceScale } from '../../charts/scales';
import { CopyButton, Reading, Section } from '../../ui/controls';
import { Icon } from '../../ui/icons';
import { IconButton } from '../../ui/toolkit';
import type { LayersContext } from './context';
import { Figure, Term } from '../../ui/figure';
import type { LayerView } from './model';
import { nullWords } from '../../ui/null-words';
import { NumberTable } from '../../ui/number-table';
import { batchNormWords, outputWords, squareWords } from '../overview/model';
import type { Format } from '../../../src/shared/format';
import { capitalised } from '../../../src/shared/words';

/** The layer that was selected in the chart, the strip or the table; nothing where there is none. */
export function LayerSection(props: LayersContext): VNode | null {
  const { view, depth, selected, select, format } = props;
  const layer = view.layers[selected];
  const point = depth.points[selected];
  if (!layer || !point) return null;
  const columns = [
    { name: layer.name, matrix: layer.matrix },
    { name: nullWords(view.reference).column, matrix: layer.untrained },
    { name: 'Difference', matrix: layer.difference, signed: true },
  ];
  const title = (
    <>
      Layer <span class="mono">{layer.name}</span>
    </>
  );
  return (
    <Section
      title={title}
      name={`Layer ${layer.name}`}
      note={`site ${format.count(selected + 1)} of ${format.count(view.layers.length)}`}
      controls={
        <Controls {...{ selected, select }} count={view.layers.length} text={() => matricesCsv(columns)} />
      }
    >
      <LayerEquation {...props} layer={layer} />
      <Reading
        sentences={[
          `${capitalised(layerReading(point, view.nullName, format))}.`,
          'A layer’s largest position is 1 by definition, so its difference there is never below zero.',
        ]}
      />
      <NumberTable name="Layer by position" columns={columns} format={format} />
    </Section>
  );
}

function LayerEquation(props: LayersContext & { readonly layer: LayerView }): VNode {
  const { view, layer, wide, format, magnitude, palette } = props;
  const common = { wide, format, digits: 3 };
  return (
    <div class="equation">
      <Figure
        title="This layer"
        caption="shares of its largest position"
        matrix={layer.matrix}
        scale={magnitude}
        labelled
        {...common}
      />
      <Term sign="−" matrix={layer.matrix} wide={wide}>
        <Figure
          title={nullWords(view.reference).title}
          caption="of a layer of this size"
          matrix={layer.untrained}
          scale={magnitude}
          {...common}
        />
      </Term>
      <Term sign="=" matrix={layer.matrix} wide={wide}>
        <Figure
          title="Difference"
          caption={`this layer − ${view.reference === 'permuted' ? 'permuted' : 'untrained'}`}
          matrix={layer.difference}
          within={layer.within}
          scale={differenceScale([layer.difference], palette)}
          {...common}
        />
      </Term>
      <LayerFacts layer={layer} format={format} />
    </div>
  );
}

function Controls({
  selected,
  select,
  count,
  text,
}: Pick<LayersContext, 'selected' | 'select'> & {
  readonly count: number;
  readonly text: () => string;
}): VNode {
  return (
    <>
      <IconButton
        icon={<Icon name="up" />}
        label="Previous layer (K)"
        disabled={selected === 0}
        onClick={() => {
          select(selected - 1);
        }}
      />
      <IconButton
        icon={<Icon name="down" />}
        label="Next layer (J)"
        disabled={selected === count - 1}
        onClick={() => {
          select(selected + 1);
        }}
      />
      <CopyButton text={text} />
    </>
  );
}

function LayerFacts({ layer, format }: { readonly layer: LayerView; readonly format: Format }): VNode | null {
  const { site } = layer;
  if (!site) return null;
  const weights =
    (site.kernel[0] * site.kernel[1] * site.inChannels * site.outChannels) / Math.max(1, site.groups);
  const facts = [
    ['Kernel', `${pair(site.kernel)}, ${format.count(site.inChannels)} → ${format.count(site.outChannels)}`],
    ['Stride, output', `${squareWords(site.stride)}, ${outputWords(site.output)}`],
    ['Groups, dilation', `${format.count(site.groups)}, ${squareWords(site.dilation)}`],
    ['Square weights, MACs', `${format.count(weights)}, ${format.macs(site.macs)}`],
    ['Batch norm', batchNormWords(site)],
  ] as const;
  return (
    <dl class="pairs layer-facts">
      {facts.map(([label, value]) => (
        <>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}
