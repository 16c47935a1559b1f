/** File name, one line of facts, and what can be done with the file. */
import type { VNode } from 'preact';
import type { InspectResult } from '../../src/contract/results';
import type { InspectorState } from '../../src/contract/page';
import type { Format } from '../../src/shared/format';
import { Button } from '../ui/toolkit';
import { send } from '../host';
import { blocked, cannotRun, cannotTrain } from '../ui/reasons';
import { Icon } from '../ui/icons';
import { MoreMenu } from './more-menu';
import type { Action } from '../ui/action';
import { chosenNames, countByShow } from '../tabs/overview/model';
import type { Head } from '../tabs/tab';
import type { Viewport } from '../ui/viewport';

export interface HeaderProps {
  readonly state: InspectorState;
  /** Of the open tab, in place of the file's own. */
  readonly head: Head | undefined;
  readonly toggled: ReadonlySet<string>;
  readonly format: Format;
  readonly viewport: Viewport;
}

/**
 * Shown whatever the tab; until the file is read, its name only. A tab may put a head of its own in place of the
 * file's.
 */
export function Header({ state, head, toggled, format, viewport }: HeaderProps): VNode {
  const inspected = state.inspect.phase === 'ready' ? state.inspect.value : undefined;
  const { title, tooltip, facts, actions } = (inspected && head) ?? {
    title: state.fileName,
    tooltip: state.path,
    facts: inspected ? factsLine(inspected, format) : [],
    actions: [],
  };
  const narrow = viewport.width < 900;
  return (
    <header class="page-head">
      <div class="identity">
        <h1 title={tooltip}>{title}</h1>
        {facts.length > 0 && (
          <div class="facts-line">
            <div>
              {facts.map((fact) => (
                <span>{fact}</span>
              ))}
            </div>
          </div>
        )}
      </div>
      {inspected && (
        <Actions
          {...placed(actionsOf(state, inspected, chosenNames(inspected.sites, toggled)), actions, narrow)}
        />
      )}
    </header>
  );
}

interface PlacedActions {
  readonly shown: readonly Action[];
  /** In a menu. */
  readonly rest: readonly Action[];
}

/** All of them, or on narrow pages the first one and the others in a menu; a tab's own come first. */
function placed(usual: readonly Action[], own: readonly Action[], narrow: boolean): PlacedActions {
  if (own.length > 0) {
    return {
      shown: narrow ? own : [...own, COMPARE],
      rest: [...(narrow ? [COMPARE] : []), ...usual],
    };
  }
  if (!narrow) return { shown: usual, rest: [COMPARE] };
  return {
    shown: usual.filter(({ primary }) => primary),
    rest: [...usual.filter(({ primary }) => !primary), COMPARE],
  };
}

/** Reads only: it waits for no job, and needs no trust. */
const COMPARE: Action = {
  label: 'Compare With…',
  primary: false,
  reason: undefined,
  run: () => {
    send({ type: 'compare' });
  },
};

function Actions({ shown, rest }: PlacedActions): VNode {
  const first = shown.find(({ primary }) => primary) ?? shown[0];
  return (
    <div class="actions" role="toolbar" aria-label="Actions on this checkpoint">
      {shown.map((action) => (
        <Button
          key={action.label}
          label={action.label}
          primary={action.primary}
          disabledReason={action.reason}
          onClick={action.run}
          {...(action.icon && { icon: <Icon name={action.icon} /> })}
          {...(action === first && { id: 'act-first' })}
        />
      ))}
      {rest.length > 0 && <MoreMenu actions={rest} />}
    </div>
  );
}

/** In their usual order; the primary one is what the file is ready for. */
function actionsOf(
  state: Pick<InspectorState, 'trusted' | 'job'>,
  inspected: InspectResult,
  chosen: readonly string[],
): Action[] {
  const { acb, eligible } = countByShow(inspected.sites);
  const fuseFirst = acb > 0 && eligible === 0;
  return [
    {
      label: 'Convert to ACNet…',
      primary: !fuseFirst,
      reason: blocked(state, 'convert') ?? cannotConvert(inspected, eligible, chosen.length),
      run: () => {
        send({ type: 'convert', layers: [...chosen] });
      },
    },
    {
      label: 'Fine-Tune…',
      primary: false,
      reason:
        blocked(state, 'train') ??
        cannotTrain(inspected) ??
        (acb === 0 && chosen.length === 0 ? 'No site is selected' : undefined),
      run: () => {
        send({ type: 'fineTune' });
      },
    },
    {
      label: 'Fuse',
      primary: fuseFirst,
      reason:
        blocked(state, 'fuse') ?? (acb === 0 ? 'Nothing to fuse: the checkpoint holds no ACB' : undefined),
      run: () => {
        send({ type: 'fuse' });
      },
    },
    {
      label: 'Verify',
      primary: false,
      reason: blocked(state, 'verify') ?? cannotRun(inspected, 'run'),
      run: () => {
        send({ type: 'verify' });
      },
    },
    {
      label: 'Export As…',
      primary: false,
      reason: blocked(state, 'export') ?? cannotRun(inspected, 'exported'),
      run: () => {
        send({ type: 'exportAs' });
      },
    },
  ];
}

function cannotConvert(inspected: InspectResult, eligible: number, chosen: number): string | undefined {
  if (!inspected.hasGraph && inspected.sites.length === 0)
    return 'The file holds weights without the network';
  if (eligible === 0) return 'No convolution of this checkpoint can become an ACB';
  return chosen === 0 ? 'No site is selected' : undefined;
}

/** Format, size, parameters and what the sites are. */
function factsLine(inspected: InspectResult, format: Format): string[] {
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
    facts.push(`${format.counted(all, 'site')}${size}`);
    facts.push(acb === 0 ? 'no ACB' : `${format.counted(acb, 'ACB')}`);
  }
  if (!inspected.hasGraph) facts.push('weights only');
  return facts;
}
