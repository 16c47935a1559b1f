/** The Training tab: progress, both networks' charts, result, log. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TrainingState } from '../../../src/contract/operations/train';
import { LineKey } from '../../charts/line-chart';
import type { Format } from '../../../src/shared/format';
import { blocked, cannotTrain } from '../../ui/reasons';
import { BackendNotice } from '../../ui/backend-notice';
import { CopyButton, Section } from '../../ui/controls';
import { Empty, Notice } from '../../ui/states';
import { Stepper } from '../../ui/stepper';
import type { Viewport } from '../../ui/viewport';
import { Button } from '../../ui/toolkit';
import { send } from '../../host';
import type { TabProps } from '../tab';
import type { trainingChoices } from './choices';
import { TrainingChart, quantityTitle } from './chart';
import { trainingCsv } from './csv';
import { trainingLayout } from './layout';
import type { Quantity } from './layout';
import { comparisonOf, trainingView } from './model';
import type { TrainingView } from './model';
import { EndedEarly, KeyFigures, TrainingRow } from './progress';
import { chartSentence } from './reading';
import { EpochTable } from './epoch-table';
import { ResultSection } from './result';

/** The last run of the file; how to start one where there is none. */
export function Training({ state, inspected, format, viewport }: TabProps<typeof trainingChoices>): VNode {
  const run = state.training;
  const view = useMemo(() => run && trainingView(run), [run]);
  const blockedBy = blocked(state, 'train');
  return (
    <>
      {!state.trusted && (
        <Notice title="This window is in Restricted Mode">
          Inspecting works. Training runs code on your machine and needs a trusted workspace.
        </Notice>
      )}
      {run && view ? (
        <>
          <section aria-label="Progress">
            <TrainingRow run={run} job={state.job} format={format} />
            {!run.result && <KeyFigures run={run} format={format} />}
          </section>
          <EndedEarly {...{ run, format, blockedBy }} />
          <BackendNotice state={state} />
          {run.result && <ResultSection result={run.result} format={format} />}
          <Arms {...{ run, view, format, viewport }} />
          <Log lines={run.log} />
        </>
      ) : (
        <>
          <BackendNotice state={state} />
          <NoRun blockedBy={blockedBy ?? cannotTrain(inspected)} />
        </>
      )}
    </>
  );
}

function NoRun({ blockedBy }: { readonly blockedBy: string | undefined }): VNode {
  return (
    <Empty
      title="This file has not been fine-tuned here."
      actions={
        <Button
          label="Fine-Tune…"
          primary
          disabledReason={blockedBy}
          onClick={() => {
            send({ type: 'fineTune' });
          }}
        />
      }
    >
      {(blockedBy && `${blockedBy}.`) ??
        'It trains the ACNet and, by the same recipe, the baseline: the network without blocks. The two can then be compared. It needs labelled images.'}
    </Empty>
  );
}

interface ArmsProps {
  readonly run: TrainingState;
  readonly view: TrainingView;
  readonly format: Format;
  readonly viewport: Viewport;
}

function Arms({ run, view, format, viewport }: ArmsProps): VNode {
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const width = viewport.width >= 1280 ? Math.floor((viewport.content - 32) / 2) : viewport.content;
  const controls = (
    <>
      <span class="key">
        <LineKey tone="acnet" />
        ACNet
      </span>
      <span class="key">
        <LineKey tone="plain" />
        Baseline
      </span>
      <CopyButton text={() => trainingCsv(run)} />
    </>
  );
  const note = ['same data, order and seed', run.backend].filter(Boolean).join('; ');
  return (
    <Section title="Both networks" name="Both networks" note={note} controls={controls}>
      <div class="arms">
        {(['accuracy', 'loss'] as const).map((quantity) => (
          <ArmsChart key={quantity} {...{ run, view, quantity, width, format, cursor, setCursor }} />
        ))}
      </div>
      <EpochTable run={run} format={format} />
    </Section>
  );
}

interface ArmsChartProps extends Omit<ArmsProps, 'viewport'> {
  readonly quantity: Quantity;
  readonly width: number;
  readonly cursor: number | undefined;
  readonly setCursor: (index: number) => void;
}

function ArmsChart({ run, view, quantity, width, format, cursor, setCursor }: ArmsChartProps): VNode {
  const epochs = useMemo(() => epochsOf(view), [view]);
  const at = cursor === undefined ? undefined : epochs[Math.min(cursor, epochs.length - 1)];
  const words = at === undefined ? '' : epochWords(view, quantity, at, format);
  const title = quantityTitle(view, quantity, format);
  return (
    <div>
      <Stepper
        name={`Epoch, ${title}`}
        layout={trainingLayout(view, quantity, width)}
        values={epochs}
        current={cursor}
        onStep={setCursor}
        words={words === '' ? 'No epoch chosen' : words}
      >
        <TrainingChart
          {...{ view, quantity, width, format }}
          cursor={at}
          sentence={`${title} of both networks by epoch. ${chartSentence(run, comparisonOf(run), format)}`}
        />
      </Stepper>
      <p class="readout">{words}</p>
    </div>
  );
}

/** Whole epochs that some network has, 0 (before training) among them. */
function epochsOf({ arms }: TrainingView): number[] {
  return [...new Set(arms.flatMap(({ accuracy }) => accuracy.map(({ x }) => x)))].sort((a, b) => a - b);
}

function epochWords({ arms }: TrainingView, quantity: Quantity, epoch: number, format: Format): string {
  const digits = quantity === 'accuracy' ? 2 : 3;
  const parts = arms.map(({ name, [quantity]: points }) => {
    const point = quantity === 'accuracy' ? points.find(({ x }) => x === epoch) : lastUpTo(points, epoch);
    return `${name} ${format.fixed(point?.y ?? null, digits)}`;
  });
  return `${epoch === 0 ? 'Before training' : `Epoch ${format.count(epoch)}`}: ${parts.join(', ')}`;
}

/** The loss is not measured at whole epochs: the last reading before. */
function lastUpTo(points: TrainingView['arms'][number]['loss'], epoch: number) {
  return [...points].reverse().find(({ x }) => x <= epoch);
}

/** The newest lines; stays at the end unless the reader has scrolled up. */
function Log({ lines }: { readonly lines: readonly string[] }): VNode {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  const controls = (
    <button
      type="button"
      class="link"
      onClick={() => {
        send({ type: 'showLog' });
      }}
    >
      Show Log
    </button>
  );
  return (
    <Section title="Log" name="Log" note="last lines" controls={controls}>
      <div
        class="log"
        ref={box}
        role="log"
        aria-label="Log of the run"
        tabIndex={0}
        onScroll={({ currentTarget: element }) => {
          follows.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
        }}
      >
        {lines.length === 0 ? <span class="dim">to come</span> : lines.join('\n')}
      </div>
    </Section>
  );
}
