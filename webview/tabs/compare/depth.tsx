/** Change along the depth: one measure of each kernel, and where in the kernel it happened. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { stages } from '../../charts/depth-model';
import { Legend, differenceMark } from '../../charts/legend';
import { CopyButton, Section, Segmented } from '../../ui/controls';
import { LayerStrip } from '../../ui/layer-strip';
import { ChangeChart } from './chart';
import type { CompareContext } from './context';
import { kernelsCsv } from './csv';
import { compareLayout } from './layout';
import { valueOf } from './model';
import { depthReading } from './reading';
import { MEASURES, measureLabel, measureText } from './words';

/** The chart, and below it where in each kernel the change happened; the selected kernel is read out. */
export function ChangeSection(context: CompareContext): VNode {
  const { view, difference, choices, format, viewport, selected, select } = context;
  const { kernels } = view;
  const measure = choices.measure;
  const layout = useMemo(
    () =>
      compareLayout(
        kernels.map((row) => valueOf(row, measure)),
        measure,
        viewport.content,
      ),
    [kernels, measure, viewport.content],
  );
  const parts = useMemo(
    () =>
      stages(kernels.map(({ label, map, site }) => ({ name: label, matrix: map, ...(site && { site }) }))),
    [kernels],
  );
  const reading = depthReading(view, measure, format);
  return (
    <Section
      title="Change along the depth"
      name="Change along the depth"
      note={format.counted(kernels.length, 'matched kernel')}
      controls={<Controls {...context} />}
    >
      <ChangeChart
        rows={kernels}
        {...{ measure, layout, selected, format }}
        stages={parts}
        axisTitle={MEASURES.find(({ value }) => value === measure)?.axis ?? ''}
        sentence={`${measureLabel(measure)} of ${format.count(kernels.length)} kernels. ${reading}`}
        onSelect={select}
      />
      <LayerStrip
        matrices={kernels.map(({ map }) => map)}
        scale={difference}
        stages={parts}
        label="change"
        name="Kernel, in the order of the first file"
        words={selectedWords(context)}
        {...{ layout, selected, select, format, viewport }}
      />
      <div class="legends">
        <Legend
          label="strip: after − before, each divided by its largest position"
          scale={difference}
          write={differenceMark(difference, format)}
          width={124}
        />
      </div>
      <p class="reading">{reading}</p>
    </Section>
  );
}

function Controls({ view, choices, choose }: CompareContext): VNode {
  return (
    <>
      <Segmented
        label="Measure"
        value={choices.measure}
        options={MEASURES}
        onChange={(measure) => {
          choose({ measure });
        }}
      />
      <CopyButton text={() => kernelsCsv(view, view.kernels)} />
    </>
  );
}

/** The selected kernel, for screen readers. */
function selectedWords({ view: { kernels }, choices, selected, format }: CompareContext): string {
  const row = kernels[selected];
  if (!row) return '';
  const { measure } = choices;
  const value = measureText(measure, valueOf(row, measure), format);
  return `${row.label}, ${format.count(selected + 1)} of ${format.count(kernels.length)}, ${measureLabel(measure)} ${value}`;
}
