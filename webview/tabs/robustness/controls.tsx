/** What a robustness check is asked for, how far it has come, Run and Stop. */
import type { VNode } from 'preact';
import type { InspectorState } from '../../../src/contract/page';
import { blocked } from '../../ui/reasons';
import { Chosen, CheckRow, ImagesSelect, limitOf } from '../../ui/check';
import { Select } from '../../ui/controls';
import { fileName, tail } from '../../ui/paths';
import { send } from '../../host';
import type { Format } from '../../../src/shared/format';
import type { RobustnessChoices } from './choices';
import { ROBUSTNESS, type RobustnessProps } from './context';
import type { RobustnessView } from './model';

/** Images that the next check will use. */
function chosenData({ lastData, robustness }: InspectorState): string | undefined {
  return lastData ?? robustness?.data;
}

/** Images, second checkpoint and choices; what the check is asked for cannot be changed while it runs. */
export function RobustnessControls({ state, choices, choose }: RobustnessProps): VNode {
  const running = state.job?.kind === ROBUSTNESS.kind;
  return (
    <div class="choices" role="group" aria-label="What is measured">
      <Chosen
        label="Data"
        path={chosenData(state)}
        shown={(path) => tail(path, 2)}
        ask="Choose Images…"
        change="Change Images…"
        reason={blocked(state, ROBUSTNESS.kind)}
        message="chooseData"
      />
      <Chosen
        label="Against"
        path={state.lastAgainst}
        shown={fileName}
        ask="Choose Checkpoint…"
        change="Change Checkpoint…"
        reason={blocked(state, ROBUSTNESS.kind)}
        message="chooseAgainst"
      />
      <ImagesSelect
        value={choices.images}
        disabled={running}
        onChange={(images) => {
          choose({ images });
        }}
      />
      <Select
        label="Paper"
        value={choices.paperNetwork}
        options={(['ResNet-18', 'AlexNet'] as const).map((value) => ({ value, label: value }))}
        onChange={(paperNetwork) => {
          choose({ paperNetwork });
        }}
      />
    </div>
  );
}

/** Asks for the check that the choices describe. */
export function runRobustness({ images }: RobustnessChoices): void {
  send({ type: 'robustness', ...limitOf(images) });
}

/** How far the check has come, Run and Stop. */
export function RunRow(props: RobustnessProps & { readonly view: RobustnessView | undefined }): VNode {
  const { state, view, format, choices } = props;
  const run = state.robustness;
  return (
    <CheckRow
      check={ROBUSTNESS}
      id="robustness-run"
      {...{ state, format, run, view }}
      data={chosenData(state)}
      bar={({ live, measured, planned }) =>
        run?.progress ?? (live ? state.job?.progress : undefined) ?? { done: measured, total: planned }
      }
      done="Measured"
      details={run && view ? detailWords(run, view, format) : []}
      start={() => {
        runRobustness(choices);
      }}
    />
  );
}

type Run = NonNullable<InspectorState['robustness']>;

function detailWords({ limit }: Run, view: RobustnessView, format: Format): string[] {
  const { images, measured, planned } = view;
  const rows = images === undefined ? [`${format.count(measured)} of ${format.count(planned)} rows`] : [];
  if (images !== undefined) return [...rows, `${format.count(images)} images`];
  return limit === undefined ? rows : [...rows, `at most ${format.count(limit)} images`];
}
