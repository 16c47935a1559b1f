import type { ArmProfile, ProfileResult } from '../../contract/results';
import { table } from './table';

const NOTE = `Each operator is timed by itself, so the sum is not the step's time: in a step some
run side by side, and some are fused. --json has the times by shape.`;

/** Where the time of a training step goes, for a terminal. */
export function renderProfile({ backend, batch, arms }: ProfileResult): string {
  return [...arms.map((arm) => `${arm.arm}: ${head(arm, batch)} on ${backend}\n${rows(arm)}`), NOTE].join(
    '\n\n',
  );
}

function head({ seconds }: ArmProfile, batch: number): string {
  return `${milliseconds(seconds)} ms per step, batch ${batch}`;
}

function rows({ operators }: ArmProfile): string {
  const sum = operators.reduce((total, { seconds }) => total + seconds, 0);
  const columns = [
    { head: 'operator' },
    { head: 'uses', align: 'right' },
    { head: 'ms', align: 'right' },
    { head: 'share', align: 'right' },
  ] as const;
  const lines = operators.map(({ operator, count, seconds }) => [
    operator,
    String(count),
    milliseconds(seconds),
    `${((100 * seconds) / Math.max(sum, Number.MIN_VALUE)).toFixed(1)} %`,
  ]);
  const uses = operators.reduce((total, { count }) => total + count, 0);
  return table(columns, [...lines, ['sum', String(uses), milliseconds(sum), '']]);
}

function milliseconds(seconds: number): string {
  return (1000 * seconds).toFixed(1);
}
