/** What a finished run came to, and the files it wrote. */
import type { VNode } from 'preact';
import type { TrainResult } from '../../../src/contract/results';
import type { Format } from '../../../src/shared/format';
import { capitalised } from '../../../src/shared/words';
import { Section } from '../../ui/controls';
import { Button } from '../../ui/toolkit';
import { send } from '../../host';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';
import { resultReading } from './reading';
import { resultRows } from './rows';
import type { ResultFile, Row } from './rows';

/** Shown once a run is done. */
export function ResultSection({
  result,
  format,
}: {
  readonly result: TrainResult;
  readonly format: Format;
}): VNode {
  const note = `${result.backend}, ${format.duration(result.seconds)}`;
  const difference = result.baseline.trained ? result.acnet.top1 - result.baseline.top1 : null;
  return (
    <Section title="Result" name="Result" note={note}>
      <Grid
        name="Result of the run"
        look="numbers"
        keyOf={({ name }) => name}
        rows={[
          ...resultRows(result),
          { name: 'ACNet − baseline', before: null, after: null, change: difference },
        ]}
        columns={columnsOf(format)}
      />
      <p class="caption">
        Top-1 of the validation images. Largest difference: of the fused network’s outputs to the trained
        ACNet’s, relative to the largest output.
      </p>
      {[...(result.recipe ?? []), ...(result.layers ?? [])].map((note) => (
        <p class="caption" key={note}>
          {capitalised(note)}.
        </p>
      ))}
      <p class="reading">{resultReading(result, format).join(' ')}</p>
      <div class="actions">
        <OpenButton label="Open Report" file="report" />
        <OpenButton label="Open Job File" file="job" />
        <OpenButton label="Show Folder" file="folder" />
      </div>
    </Section>
  );
}

function columnsOf(format: Format): Column<Row>[] {
  return [
    { id: 'network', heading: 'Network', kind: 'row', cell: ({ name }) => name },
    numeric('before', 'Before, %', ({ before }) => format.fixed(before, 2)),
    numeric('after', 'After, %', ({ after }) => format.fixed(after, 2)),
    numeric('change', 'Change, points', ({ change }) => format.signed(change, 2)),
    numeric('largest', 'Largest difference', ({ maxRel }) => format.scientific(maxRel ?? null)),
    { id: 'file', heading: 'File', cell: (row) => <OpenLink row={row} /> },
  ];
}

function OpenLink({ row: { name, file } }: { readonly row: Row }): VNode | null {
  if (file === undefined) return null;
  return (
    <button
      type="button"
      class="link"
      aria-label={`Open ${name}`}
      onClick={() => {
        send({ type: 'openResult', file });
      }}
    >
      Open
    </button>
  );
}

function OpenButton({ label, file }: { readonly label: string; readonly file: ResultFile }): VNode {
  return (
    <Button
      label={label}
      onClick={() => {
        send({ type: 'openResult', file });
      }}
    />
  );
}
