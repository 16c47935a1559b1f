/** The numbers of both charts by epoch, closed until asked for. */
import type { VNode } from 'preact';
import type { ArmHistory, TrainingState } from '../../../src/contract/operations/train';
import type { Format } from '../../../src/shared/format';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';

type Epoch = ArmHistory['epochs'][number];

/** What each arm measured after an epoch. */
interface Row {
  readonly epoch: number;
  readonly acnet: Epoch | undefined;
  readonly plain: Epoch | undefined;
}

function rowsOf({ arms }: TrainingState): Row[] {
  const [plain, acnet] = [arms.baseline?.epochs ?? [], arms.acnet?.epochs ?? []];
  const epochs = [...new Set([...plain, ...acnet].map(({ epoch }) => epoch))].sort((a, b) => a - b);
  const find = (arm: readonly Epoch[], wanted: number) => arm.find(({ epoch }) => epoch === wanted);
  return epochs.map((epoch) => ({ epoch, acnet: find(acnet, epoch), plain: find(plain, epoch) }));
}

function columnsOf(format: Format): Column<Row>[] {
  return [
    { ...numeric<Row>('epoch', 'Epoch', ({ epoch }) => format.count(epoch)), kind: 'row' },
    numeric('acnet', 'ACNet top-1, %', ({ acnet }) => format.fixed(acnet?.top1 ?? null, 2)),
    numeric('plain', 'Plain top-1, %', ({ plain }) => format.fixed(plain?.top1 ?? null, 2)),
    numeric('difference', 'ACNet − plain', ({ acnet, plain }) =>
      format.signed(acnet && plain ? acnet.top1 - plain.top1 : null, 2),
    ),
    numeric('acnet loss', 'ACNet loss', ({ acnet }) => format.fixed(acnet?.loss ?? null, 4)),
    numeric('plain loss', 'Plain loss', ({ plain }) => format.fixed(plain?.loss ?? null, 4)),
  ];
}

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
