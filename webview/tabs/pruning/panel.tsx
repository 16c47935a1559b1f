/** The Pruning tab: choices, progress, curves with their reading, thresholds, every number. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { CheckFrame, Findings } from '../../ui/check';
import { CopyButton, Section } from '../../ui/controls';
import { cannotCheck } from '../../ui/reasons';
import { Empty } from '../../ui/states';
import { Stepper } from '../../ui/stepper';
import type { Format } from '../../../src/shared/format';
import { PruningChart } from './chart';
import { PRUNING, type PruningProps } from './context';
import { pruningCsv } from './csv';
import { PruningControls, RunRow, runCheck } from './controls';
import { pruningLayout } from './layout';
import { kernelSizes, pointAt, pruningView } from './model';
import type { PruningView } from './model';
import type { PaperModel } from '../../../src/shared/paper';
import { measureNoun, pruningReading } from './reading';
import { SameNumbers, Thresholds } from './tables';

/** Choices and result of the last check, as far as it has come; why the file cannot be pruned where that is so. */
export function Pruning(props: PruningProps): VNode {
  const { state, inspected, choices } = props;
  const run = state.pruning;
  const view = useMemo(() => run && pruningView(inspected, run), [inspected, run]);
  const reason = cannotCheck(inspected, 'pruned', 'checked by pruning');
  if (reason !== undefined) return <Empty title="This checkpoint cannot be pruned here.">{reason}.</Empty>;
  if (kernelSizes(inspected.sites).length === 0) {
    return (
      <Empty title="This checkpoint has no k×k kernel to prune.">
        The check zeroes weights by their position in kernels of 2×2 or more.
      </Empty>
    );
  }
  return (
    <CheckFrame
      check={PRUNING}
      trusted={state.trusted}
      run={run}
      measured={view?.measured ?? 0}
      outdated="The file has changed since this was measured"
      retry={() => {
        runCheck({ inspected, choices });
      }}
      controls={
        <>
          <PruningControls {...props} />
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
    <Empty title="No pruning check has been run on this file.">
      It zeroes random weights of one group of kernel positions (corners, skeleton, all) and measures
      accuracy. It needs images; labels are optional: without them, agreement with the unpruned network is
      measured.
    </Empty>
  );
}

/** The paper's curves are accuracies of 3×3 kernels: beside anything else they would mislead. */
function overlayOf({ choices, inspected }: PruningProps, view: PruningView): PaperModel | undefined {
  const isComparable = kernelSizes(inspected.sites).some((size) => size.join('x') === '3x3');
  return choices.overlay === 'none' || view.measure === 'agreement' || !isComparable
    ? undefined
    : choices.overlay;
}

function Result(props: PruningProps & { readonly view: PruningView }): VNode {
  const { view, format, viewport } = props;
  const paper = overlayOf(props, view);
  const reading = pruningReading(view, format);
  const beside = viewport.width >= 1280;
  const fused = props.inspected.sites.some(({ kind }) => kind === 'acb') ? ', blocks fused first' : '';
  const { preprocessing } = props.state.pruning?.result ?? {};
  const made = preprocessing === undefined ? '' : `; images ${preprocessing}`;
  const seeds =
    view.seeds === 1 ? '1 seed' : `mean of ${format.count(view.seeds)} seeds, band ± 1 sample std`;
  return (
    <>
      <Section
        title={
          view.measure === 'agreement'
            ? 'Agreement when weights are zeroed'
            : 'Accuracy when weights are zeroed'
        }
        name="Pruning curves"
        note={`${seeds}; ${format.counted(view.layers, 'layer')}${fused}${made}`}
        controls={<CopyButton text={() => pruningCsv(view)} />}
      >
        <div class={beside ? 'beside' : 'stacked'}>
          <Figure
            {...{ view, paper, format }}
            width={beside ? 812 : viewport.content}
            sentence={reading.verdict}
          />
          <div class="findings-column">
            <Findings {...reading} />
            <div>
              <Thresholds {...{ view, paper, format }} />
              <p class="caption">{explanation(view, paper, format)}</p>
            </div>
          </div>
        </div>
      </Section>
      <SameNumbers view={view} format={format} />
    </>
  );
}

function explanation(view: PruningView, paper: PaperModel | undefined, format: Format): string {
  const ends =
    view.cornersEnd === undefined
      ? ''
      : `, so corners end at ${format.fixed(view.cornersEnd * 100, 1)} % and the skeleton at ${format.fixed(100 - view.cornersEnd * 100, 1)} %`;
  const network = { normal: 'baseline ResNet-56', acnet: 'ACNet', border: 'border variant' };
  const dotted =
    paper === undefined
      ? ''
      : ` Dotted: the paper’s ${network[paper]} on CIFAR-10, digitised; its baseline leans on its skeleton too.`;
  return `Ratio = zeroed weights ÷ all weights of the layer, the same in every layer${ends}. No retraining.${dotted}`;
}

interface FigureProps {
  readonly view: PruningView;
  readonly paper: PaperModel | undefined;
  readonly format: Format;
  readonly width: number;
  readonly sentence: string;
}

function Figure({ view, paper, format, width, sentence }: FigureProps): VNode {
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const at = cursor === undefined ? undefined : view.ratios[Math.min(cursor, view.ratios.length - 1)];
  const words = at === undefined ? '' : pointWords(view, at, format);
  const names = view.curves.map(({ name }) => name.toLowerCase()).join(', ');
  return (
    <div>
      <Stepper
        name="Sparsity"
        layout={pruningLayout(view, width)}
        values={view.ratios.map((ratio) => ratio * 100)}
        current={cursor}
        onStep={setCursor}
        words={words === '' ? 'No sparsity chosen' : words}
      >
        <PruningChart
          {...{ view, width, paper, format }}
          cursor={at}
          sentence={`${measureNoun(view.measure)} against sparsity for ${names}. ${sentence}`}
        />
      </Stepper>
      <p class="readout">{words}</p>
    </div>
  );
}

/** `10 %: corners 89.6 ± 0.9, skeleton 46.9 ± 7.8`. */
function pointWords(view: PruningView, ratio: number, format: Format): string {
  const parts = view.curves.map((curve) => {
    const point = pointAt(curve, ratio);
    const value = point
      ? `${format.fixed(point.mean, 1)} ± ${format.fixed(point.std, 1)}`
      : curve.open.some((open) => Math.abs(open - ratio) < 1e-6) && view.live
        ? 'to come'
        : '–';
    return `${curve.name.toLowerCase()} ${value}`;
  });
  return `${format.fixed(ratio * 100, 0)} %: ${parts.join(', ')}`;
}
