/** What a finished run came to, and the files it wrote. */
import type { VNode } from 'preact';
import type { TrainResult } from '../../../src/contract/results';
import type { Format } from '../../../src/shared/format';
import { Section } from '../../ui/controls';
import { Button } from '../../ui/toolkit';
import { send } from '../../host';
import { scientific } from '../../../src/shared/numbers';
import { resultReading } from './reading';
import { resultRows } from './rows';
import type { ResultFile, Row } from './rows';

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
      <div class="table-frame scrolls" tabIndex={0} role="region" aria-label="Result of the run">
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">Network</th>
              <th scope="col" class="numeric">
                Before, %
              </th>
              <th scope="col" class="numeric">
                After, %
              </th>
              <th scope="col" class="numeric">
                Change, points
              </th>
              <th scope="col" class="numeric">
                Largest difference
              </th>
              <th scope="col">File</th>
            </tr>
          </thead>
          <tbody>
            {resultRows(result).map((row) => (
              <ResultRow row={row} format={format} />
            ))}
            <tr>
              <th scope="row">ACNet − plain</th>
              <td class="numeric">–</td>
              <td class="numeric">–</td>
              <td class="numeric">{format.signed(difference, 2)}</td>
              <td class="numeric">–</td>
              <td />
            </tr>
          </tbody>
        </table>
      </div>
      <p class="caption">
        Top-1 of the validation images. Largest difference: of the fused network’s outputs to the trained
        ACNet’s, relative to the largest output.
      </p>
      <p class="reading">{resultReading(result, format).join(' ')}</p>
      <div class="actions">
        <OpenButton label="Open Report" file="report" />
        <OpenButton label="Open Job File" file="job" />
        <OpenButton label="Show Folder" file="folder" />
      </div>
    </Section>
  );
}

function ResultRow({ row, format }: { readonly row: Row; readonly format: Format }): VNode {
  const { file } = row;
  return (
    <tr>
      <th scope="row">{row.name}</th>
      <td class="numeric">{format.fixed(row.before, 2)}</td>
      <td class="numeric">{format.fixed(row.after, 2)}</td>
      <td class="numeric">{format.signed(row.change, 2)}</td>
      <td class="numeric">{row.maxRel === undefined ? '–' : scientific(row.maxRel)}</td>
      <td>
        {file !== undefined && (
          <button
            type="button"
            class="link"
            aria-label={`Open ${row.name}`}
            onClick={() => {
              send({ type: 'openResult', file });
            }}
          >
            Open
          </button>
        )}
      </td>
    </tr>
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
