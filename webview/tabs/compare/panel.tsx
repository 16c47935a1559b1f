/** The Compare tab: whole model, change along the depth, matched kernels; or what stands in their place. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CompareKernelsResult } from '../../../src/contract/results';
import type { CompareState } from '../../../src/contract/operations/compare';
import { usePalette } from '../../charts/palette';
import { differenceScale } from '../../charts/scales';
import type { Format } from '../../../src/shared/format';
import { focusTab } from '../../ui/focus-tab';
import { useLayerKeys } from '../../ui/layer-keys';
import { fileName } from '../../ui/paths';
import { ProgressRow } from '../../ui/progress';
import { Empty, ErrorBox, Notice } from '../../ui/states';
import { Icon } from '../../ui/icons';
import { Button } from '../../ui/toolkit';
import { send } from '../../host';
import { kernelsChoices } from '../kernels/choices';
import type { TabProps } from '../tab';
import { compareChoices } from './choices';
import type { CompareContext } from './context';
import { ChangeSection } from './depth';
import { KernelsSection } from './kernels';
import { compareView } from './model';
import type { KernelRow } from './model';
import { WholeComparison } from './whole';

type CompareProps = TabProps<typeof compareChoices>;

/** What the tab shows: that nothing is compared yet, a comparison under way, its result, or why it failed. */
export function Compare(props: CompareProps): VNode {
  const { compare, fileName: own } = props.state;
  if (!compare) return <NothingCompared />;
  const { phase, result, error, outdated } = compare;
  return (
    <>
      {phase === 'running' && <Running {...{ own, compare }} format={props.format} />}
      {error && (
        <ErrorBox
          error={error}
          retry={() => {
            send({ type: 'compareAgain' });
          }}
        />
      )}
      {phase === 'stopped' && <Stopped other={compare.other} hasResult={result !== undefined} />}
      {outdated && (
        <Notice title="One of the two files has changed since this was compared" actions={<CompareAgain />}>
          What is shown is of the weights before.
        </Notice>
      )}
      {result && <Result {...props} result={result} openIsAfter={isAfter(compare, result)} />}
    </>
  );
}

/** Old numbers stay while new ones come the other way round: they say themselves which file was which. */
function isAfter({ other }: CompareState, { before }: CompareKernelsResult): boolean {
  return before.path === other;
}

function NothingCompared(): VNode {
  return (
    <Empty title="Nothing is compared with this checkpoint yet." actions={<CompareWith />}>
      A comparison matches the kernels of two checkpoints by name, spelling or order, whatever their formats.
      It shows how much each changed, and how much of the difference is the effect of fusing.
    </Empty>
  );
}

function CompareWith(): VNode {
  return (
    <Button
      label="Compare With…"
      onClick={() => {
        send({ type: 'compare' });
      }}
    />
  );
}

function CompareAgain(): VNode {
  return (
    <Button
      label="Compare Again"
      icon={<Icon name="retry" />}
      onClick={() => {
        send({ type: 'compareAgain' });
      }}
    />
  );
}

function Stopped({ other, hasResult }: { readonly other: string; readonly hasResult: boolean }): VNode {
  const title = `The comparison with ${fileName(other)} was stopped.`;
  if (hasResult) {
    return (
      <Notice title={title} actions={<CompareAgain />}>
        What is shown was compared before.
      </Notice>
    );
  }
  return (
    <Empty title={title} actions={<CompareAgain />}>
      Nothing is known of how the two differ.
    </Empty>
  );
}

/** Most comparisons end before anyone could read this. */
const LATE_MILLISECONDS = 300;

function Running({
  own,
  compare: { other, progress },
  format,
}: {
  readonly own: string;
  readonly compare: CompareState;
  readonly format: Format;
}): VNode | null {
  const [late, setLate] = useState(false);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => {
      setLate(true);
    }, LATE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      // The row is leaving with the focus in it.
      if (box.current?.contains(document.activeElement)) focusTab(compareChoices.tab);
    };
  }, []);
  if (!late) return null;
  const words = progress
    ? `${format.count(progress.done)} of ${format.count(progress.total)} kernels`
    : 'reading the headers';
  return (
    <section aria-label="Comparison" aria-busy="true" ref={box}>
      <ProgressRow
        name="Comparing kernels"
        progress={progress ?? { done: 0, total: 0 }}
        words={`${own} and ${fileName(other)}: ${words}`}
      >
        <Button
          label="Stop"
          icon={<Icon name="stop" />}
          onClick={() => {
            send({ type: 'compareStop' });
          }}
        />
      </ProgressRow>
    </section>
  );
}

function Result(
  props: CompareProps & { readonly result: CompareKernelsResult; readonly openIsAfter: boolean },
): VNode {
  const { result, openIsAfter, inspected, choices, choose, show, format, viewport } = props;
  const palette = usePalette();
  const { weights, size, nullBefore, nullAfter } = choices;
  const view = useMemo(
    () => compareView(result, inspected.sites, openIsAfter, { weights, size, nullBefore, nullAfter }),
    [result, inspected.sites, openIsAfter, weights, size, nullBefore, nullAfter],
  );
  const difference = useMemo(() => {
    const { total, fusing } = view.whole ?? { total: [] };
    const maps = view.kernels.map(({ map }) => map);
    return differenceScale([total, ...(fusing ? [fusing.alone, fusing.remainder] : []), ...maps], palette);
  }, [view, palette]);
  const selected = Math.max(
    0,
    view.kernels.findIndex(({ name }) => name === choices.layer),
  );
  const select = (index: number) => {
    const row = view.kernels[Math.min(view.kernels.length - 1, Math.max(0, index))];
    if (row) choose({ layer: row.name });
  };
  useLayerKeys(selected, select);
  const open = ({ kernel }: KernelRow) => {
    const layer = openIsAfter ? kernel.nameAfter : kernel.name;
    show(kernelsChoices, { layer, size: kernel.kernel.join('x') });
    // The table leaves with the focus in it.
    focusTab(kernelsChoices.tab);
  };
  const context: CompareContext = {
    ...{ view, palette, difference, choices, choose, format, viewport, selected, select },
  };
  return (
    <>
      {view.whole ? <WholeComparison {...context} whole={view.whole} /> : <NoSize />}
      <ChangeSection {...context} />
      <KernelsSection {...context} open={open} />
    </>
  );
}

function NoSize(): VNode {
  return (
    <Empty title="The two files have no kernel size in common.">
      Average magnitudes are of one size; single kernels are below.
    </Empty>
  );
}
