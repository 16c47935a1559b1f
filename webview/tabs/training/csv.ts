/** The numbers of both charts as comma-separated values. */
import { csv } from '../../charts/csv';
import type { Cell } from '../../charts/csv';
import type { TrainingState } from '../../../src/contract/operations/train';

/** One row for each epoch, then one for each reading of the loss. */
export function trainingCsv({ arms, stepsPerEpoch }: TrainingState): string {
  const named = (['baseline', 'acnet'] as const).flatMap((arm) => {
    const history = arms[arm];
    return history ? [{ arm, history }] : [];
  });
  const epochs = named.flatMap(({ arm, history: { before, epochs: rows } }): Cell[][] => [
    ...(before ? [[arm, 0, 0, null, before.top1, before.loss]] : []),
    ...rows.map(({ epoch, loss, top1, valLoss }): Cell[] => [
      arm,
      epoch,
      stepsPerEpoch === undefined ? null : epoch * stepsPerEpoch,
      loss,
      top1,
      valLoss,
    ]),
  ]);
  const steps = named.flatMap(({ arm, history }) =>
    history.steps.map(({ step, loss }): Cell[] => [arm, null, step, loss, null, null]),
  );
  return csv(
    ['network', 'epoch', 'step', 'training loss', 'top-1 %', 'validation loss'],
    [...epochs, ...steps],
  );
}
