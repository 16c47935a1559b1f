/** File name, one line of facts, and the actions that this version has. */
import type { VNode } from 'preact';
import type { InspectResult } from '../../src/operations/results';
import type { InspectorState } from '../../src/protocol/inspector';
import type { Format } from '../format';
import { Button } from '../toolkit';
import { send } from '../vscode';
import { chosenNames, countByShow } from './sites-model';

export interface HeaderProps {
  readonly state: InspectorState;
  readonly toggled: ReadonlySet<string>;
  readonly format: Format;
}

export function Header({ state, toggled, format }: HeaderProps): VNode {
  const inspected = state.inspect.phase === 'ready' ? state.inspect.value : undefined;
  return (
    <header class="page-head">
      <div class="identity">
        <h1 title={state.path}>{state.fileName}</h1>
        {inspected && (
          <div class="facts-line">
            <div>
              {factsLine(inspected, format).map((fact) => (
                <span>{fact}</span>
              ))}
            </div>
          </div>
        )}
      </div>
      {inspected && <Actions state={state} inspected={inspected} toggled={toggled} />}
    </header>
  );
}

interface ActionsProps {
  readonly state: InspectorState;
  readonly inspected: InspectResult;
  readonly toggled: ReadonlySet<string>;
}

function Actions({ state, inspected, toggled }: ActionsProps): VNode {
  const chosen = chosenNames(inspected.sites, toggled);
  const { acb, eligible } = countByShow(inspected.sites);
  const busy = blocked(state);
  const fuseFirst = acb > 0 && eligible === 0;
  return (
    <div class="actions" role="toolbar" aria-label="Actions on this checkpoint">
      <Button
        id={fuseFirst ? 'act-second' : 'act-first'}
        label="Convert to ACNet…"
        primary={!fuseFirst}
        disabledReason={busy ?? cannotConvert(inspected, eligible, chosen.length)}
        onClick={() => {
          send({ type: 'convert', layers: chosen });
        }}
      />
      <Button
        id={fuseFirst ? 'act-first' : 'act-second'}
        label="Fuse"
        primary={fuseFirst}
        disabledReason={busy ?? (acb === 0 ? 'Nothing to fuse: the checkpoint holds no ACB' : undefined)}
        onClick={() => {
          send({ type: 'fuse' });
        }}
      />
    </div>
  );
}

function blocked(state: InspectorState): string | undefined {
  if (!state.trusted) return 'This window is in Restricted Mode';
  return state.job ? `Wait until this ends: ${state.job.title}` : undefined;
}

function cannotConvert(inspected: InspectResult, eligible: number, chosen: number): string | undefined {
  if (!inspected.hasGraph) return 'The file holds weights without the network';
  if (eligible === 0) return 'No convolution of this checkpoint can become an ACB';
  return chosen === 0 ? 'No site is selected' : undefined;
}

/** Format, size, parameters and what the sites are. */
export function factsLine(inspected: InspectResult, format: Format): string[] {
  const { sites } = inspected;
  const facts = [
    inspected.formatLabel,
    format.bytes(inspected.size),
    `${format.count(inspected.parameters)} parameters`,
  ];
  if (sites.length > 0) {
    const { all, acb } = countByShow(sites);
    const [first] = sites;
    const alike = sites.every(
      ({ kernel }) => kernel[0] === first?.kernel[0] && kernel[1] === first.kernel[1],
    );
    const size = first && alike && all > 1 ? `, all ${first.kernel.join('×')}` : '';
    facts.push(`${format.count(all)} ${all === 1 ? 'site' : 'sites'}${size}`);
    facts.push(acb === 0 ? 'plain, not yet ACNet' : `${format.count(acb)} ${acb === 1 ? 'ACB' : 'ACBs'}`);
  }
  if (!inspected.hasGraph) facts.push('weights only');
  return facts;
}
