/** The numbers of both charts by epoch, closed until asked for. */
import type { VNode } from 'preact';
import type { ArmHistory, TrainingState } from '../../../src/contract/operations/train';
import type { Format } from '../../../src/shared/format';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';

type Epoch = ArmHistory['epochs'][number];

/** What each network measured after an epoch. */
interface Row {
  readonly epoch: number;
  readonly acnet: Epoch | undefined;
  readonly baseline: Epoch | undefined;
}

function rowsOf({ arms }: TrainingState): Row[] {
  const [baseline, acnet] = [arms.baseline?.epochs ?? [], arms.acnet?.epochs ?? []];
  const epochs = [...new Set([...baseline, ...acnet].map(({ epoch }) => epoch))].sort((a, b) => a - b);
  const find = (arm: readonly Epoch[], wanted: number) => arm.find(({ epoch }) => epoch === wanted);
  return epochs.map((epoch) => ({ epoch, acnet: find(acnet, epoch), baseline: find(baseline, epoch) }));
}

function columnsOf(format: Format): Column<Row>[] {
  return [
    { ...numeric<Row>('epoch', 'Epoch', ({ epoch }) => format.count(epoch)), kind: 'row' },
    numeric('acnet', 'ACNet top-1, %', ({ acnet }) => format.fixed(acnet?.top1 ?? null, 2)),
    numeric('baseline', 'Baseline top-1, %', ({ baseline }) => format.fixed(baseline?.top1 ?? null, 2)),
    numeric('difference', 'ACNet − baseline', ({ acnet, baseline }) =>
      format.signed(acnet && baseline ? acnet.top1 - baseline.top1 : null, 2),
    ),
    numeric('acnet loss', 'ACNet loss', ({ acnet }) => format.fixed(acnet?.loss ?? null, 4)),
    numeric('baseline loss', 'Baseline loss', ({ baseline }) => format.fixed(baseline?.loss ?? null, 4)),
  ];
}

/** One row for each epoch, with a dash where a network has not come so far. */
export function EpochTable({ run, format }: { readonly run: TrainingState; readonly format: Format }): VNode {
  return (
    <details>
      <summary>Table of these numbers</summary>
      <Grid
        name="Numbers by epoch"
        look="numbers"
        keyOf={({ epoch }) => epoch}
        rows={rowsOf(run)}
        columns={columnsOf(format)}
      />
    </details>
  );
}
