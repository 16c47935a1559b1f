/** The Robustness tab: choices, progress, shares and differences with their reading, the paper's table, every number. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { LineKey } from '../../charts/line-chart';
import { cannotCheck } from '../../ui/reasons';
import { CheckFrame, Findings } from '../../ui/check';
import { CopyButton, Section } from '../../ui/controls';
import { Empty } from '../../ui/states';
import { capitalised } from '../../../src/shared/words';
import { DifferenceChart, ShareChart } from './chart';
import { ROBUSTNESS, type RobustnessProps } from './context';
import { RobustnessControls, RunRow, runRobustness } from './controls';
import { robustnessCsv } from './csv';
import { robustnessView } from './model';
import type { RobustnessView } from './model';
import { measureNoun, robustnessReading } from './reading';
import { PaperTable, SameNumbers } from './tables';

/** Choices and result of the last check, as far as it has come; why the file cannot be checked where that is so. */
export function Robustness(props: RobustnessProps): VNode {
  const { state, inspected, choices } = props;
  const run = state.robustness;
  const view = useMemo(
    () => run && robustnessView(inspected, run, state.fileName),
    [inspected, run, state.fileName],
  );
  const reason = cannotCheck(inspected, 'checked', 'checked on distorted images');
  if (reason !== undefined) return <Empty title="This checkpoint cannot be checked here.">{reason}.</Empty>;
  return (
    <CheckFrame
      check={ROBUSTNESS}
      trusted={state.trusted}
      run={run}
      measured={view?.measured ?? 0}
      outdated="A file has changed since this was measured"
      retry={() => {
        runRobustness(choices);
      }}
      controls={
        <>
          <RobustnessControls {...props} />
          <RunRow {...props} view={view} />
        </>
      }
    >
      {view ? <Result {...props} view={view} /> : <NoRun />}
    </CheckFrame>
  );
}

function NoRun(): VNode {
  return (
    <Empty title="No robustness check has been run on this file.">
      It turns the images by 90° and 180° and flips them, as the paper’s table 4 does, and measures accuracy
      on each. It needs images; labels are optional: without them, agreement with the network’s own answers is
      measured. A second checkpoint, as the one before conversion, sees the same images.
    </Empty>
  );
}

function Result(props: RobustnessProps & { readonly view: RobustnessView }): VNode {
  const { view, format, viewport, choices, state } = props;
  const reading = robustnessReading(view, format);
  const beside = viewport.width >= 1280;
  const width = beside ? 812 : viewport.content;
  const { preprocessing } = state.robustness?.result ?? {};
  const noun = measureNoun(view.measure);
  const sentence = `${capitalised(noun)} on untouched and distorted images. ${reading.verdict}`;
  return (
    <>
      <Section
        title={`${capitalised(noun)} on distorted images`}
        name="Robustness"
        note={preprocessing === undefined ? '' : `images ${preprocessing}`}
        controls={<CopyButton text={() => robustnessCsv(view)} />}
      >
        <div class={beside ? 'beside' : 'stacked'}>
          <div>
            {view.other !== undefined && <Legend own={state.fileName} other={view.other} />}
            <ShareChart {...{ view, width, format, sentence }} />
            {view.other !== undefined && (
              <DifferenceChart
                {...{ view, width, format }}
                sentence={`Difference to ${view.other} in points. ${reading.sentences[0] ?? ''}`}
              />
            )}
          </div>
          <div class="findings-column">
            <Findings {...reading} />
            {view.measure !== 'agreement' && (
              <div>
                <PaperTable {...{ view, format }} network={choices.paperNetwork} />
                <p class="caption">{PAPER_WORDS}</p>
              </div>
            )}
          </div>
        </div>
      </Section>
      <SameNumbers view={view} format={format} />
    </>
  );
}

const PAPER_WORDS =
  'All validation images distorted when tested; trained with left–right flips and without up–down ones. Other images and classes than here: levels cannot be compared, and the table says nothing of how far they scatter.';

function Legend({ own, other }: { readonly own: string; readonly other: string }): VNode {
  return (
    <div class="marks-legend">
      <span class="key">
        <LineKey tone="acnet" />
        <span class="clipped legend-name" title={own}>
          {own}
        </span>
      </span>
      <span class="key">
        <LineKey tone="plain" />
        <span class="clipped legend-name" title={other}>
          {other}
        </span>
      </span>
    </div>
  );
}
