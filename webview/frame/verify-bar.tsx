/** Whether the open file and another one say the same, under the header whatever the tab. */
import type { VNode } from 'preact';
import type { VerifyResult } from '../../src/contract/results';
import type { VerifyState } from '../../src/contract/operations/verify';
import type { Format } from '../../src/shared/format';
import { scientific } from '../../src/shared/numbers';
import { fileName } from '../ui/paths';
import { numeric } from '../ui/grid/column';
import type { Column } from '../ui/grid/column';
import { Grid } from '../ui/grid/grid';
import { Icon } from '../ui/icons';
import { Button } from '../ui/toolkit';
import { send } from '../host';

/** What a verification came to; nothing while it is queued or runs, which the bar of jobs shows. */
export function VerifyBar({
  verify,
  format,
}: {
  readonly verify: VerifyState;
  readonly format: Format;
}): VNode | null {
  const { result, error, phase, other } = verify;
  if (result) return <Outcome {...{ result, other, format }} outdated={verify.outdated === true} />;
  if (error) {
    const details = [
      error.where,
      error.expected && `expected ${error.expected}`,
      error.found && `found ${error.found}`,
    ];
    return (
      <section class="verify" aria-label="Verification">
        <p class="verify-line" role="alert">
          <Icon name="error" tone="tone-error" />
          <span>
            Not verified against <span class="mono">{fileName(other)}</span>:{' '}
            {[error.title, ...details].filter(Boolean).join('; ')}.
          </span>
        </p>
        <Button
          label="Show Log"
          onClick={() => {
            send({ type: 'showLog' });
          }}
        />
      </section>
    );
  }
  if (phase !== 'stopped') return null;
  return (
    <section class="verify" aria-label="Verification">
      <p class="verify-line dim">
        The check against {fileName(other)} was stopped: nothing is known of whether the two say the same.
      </p>
    </section>
  );
}

const TENSOR_COLUMNS: ReadonlyArray<Column<VerifyResult['tensors'][number]>> = [
  { id: 'tensor', heading: 'Tensor', kind: 'row', cell: ({ name }) => <span class="mono">{name}</span> },
  numeric('largest', 'Largest difference', ({ maxAbs }) => scientific(maxAbs)),
  numeric('relative', 'Relative', ({ maxRel }) => scientific(maxRel)),
];

function Outcome({
  result,
  other,
  format,
  outdated,
}: {
  readonly result: VerifyResult;
  readonly other: string;
  readonly format: Format;
  readonly outdated: boolean;
}): VNode {
  const { passed } = result;
  const was = outdated ? (passed ? 'Was equivalent to ' : 'Was not equivalent to ') : undefined;
  return (
    <section class="verify" aria-label="Verification">
      <p class="verify-line" role="status">
        <Icon
          name={outdated ? 'info' : passed ? 'check' : 'warning'}
          tone={passed || outdated ? '' : 'tone-warning'}
        />
        <span>
          <strong>{was ?? (passed ? 'Equivalent to ' : 'Not equivalent to ')}</strong>
          <span class="mono" title={other}>
            {fileName(other)}
          </span>
          : {outcomeWords(result, format)}
          {outdated && ' One of the two files has changed since: verify again.'}
        </span>
      </p>
      <details>
        <summary>Numbers of each output</summary>
        <Grid
          name="Numbers of each output"
          look="numbers"
          keyOf={({ name }) => name}
          rows={result.tensors}
          columns={TENSOR_COLUMNS}
        />
      </details>
    </section>
  );
}

function outcomeWords(result: VerifyResult, format: Format): string {
  const { samples, maxRel, tolerance, passed, problem, blocks, unpaired, noise } = result;
  const inputs = `${format.counted(samples, 'input')}`;
  if (problem !== undefined) return `${problem} (${inputs}).`;
  const rule = passed ? 'within' : 'more than';
  const allowed = `${rule} the ${scientific(tolerance)} that is allowed`;
  const rounding =
    noise === undefined ? '' : ` Rounding by itself moves the outputs by ${scientific(noise)}.`;
  if (blocks) {
    const worst = blocks.worst === undefined ? '' : `, at ${blocks.worst}`;
    return `on ${inputs} each of ${format.count(blocks.count)} blocks and convolutions, given the same values, differs by at most ${scientific(blocks.maxRel)} of its largest output${worst}: ${allowed}. The outputs of the whole network differ by ${scientific(maxRel)}.${rounding}`;
  }
  const why = unpaired === undefined ? '' : ` Only outputs could be compared: ${unpaired}.`;
  return `on ${inputs} the outputs differ by at most ${scientific(maxRel)} of the largest, ${allowed}.${why}${rounding}`;
}
