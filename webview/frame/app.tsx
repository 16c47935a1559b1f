/** The page: header, running job, tabs and the open tab's content. */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { InspectorState, JobState } from '../../src/contract/page';
import type { RunPhase } from '../../src/contract/run';
import { tabs } from '../tabs';
import { DetachButton } from '../tabs/overview/architecture';
import { tickedByHand } from '../tabs/overview/model';
import { focusTab } from '../ui/focus-tab';
import { createFormat } from '../../src/shared/format';
import type { Format } from '../../src/shared/format';
import { ErrorBox, JobBar } from '../ui/states';
import { useViewport } from '../ui/viewport';
import { useInspector } from './inspector';
import { send } from '../host';
import { useChoices } from './choices';
import type { ChoicesState, TabId } from './choices';
import { Header } from './header';
import { Panel } from './panel';
import { useKeptScroll } from './scroll';
import { Tabs } from './tabs';
import { VerifyBar } from './verify-bar';

/** The whole page: empty until the host has sent a state, an error where it sent one that cannot be read. */
export function App(): VNode {
  const state = useInspector();
  const choices = useChoices();
  const locale = typeof state === 'object' ? state.locale : 'en';
  const format = useMemo(() => createFormat(locale), [locale]);
  if (state === undefined) return <main />;
  if (typeof state === 'string') {
    return (
      <main>
        <h1 class="unseen">ACNet Inspector</h1>
        <ErrorBox error={{ title: 'The page was sent something it cannot show', found: state }} />
      </main>
    );
  }
  return <Page state={state} choices={choices} format={format} />;
}

interface PageProps {
  readonly state: InspectorState;
  readonly choices: ChoicesState;
  readonly format: Format;
}

function Page({ state, choices, format }: PageProps): VNode {
  const { tab, all, show } = choices;
  const viewport = useViewport();
  const { toggled: names } = all.overview;
  const toggled = useMemo(() => new Set(names), [names]);
  const open = tabs.find(({ id }) => id === tab);
  useKeptScroll(tab, state.inspect.phase === 'ready' && (open?.isComplete?.(state) ?? true));
  useEffect(() => {
    for (const { follow } of tabs) follow({ state, all, show });
  }, [state, all]);
  useTicksTold(state, toggled);
  return (
    <main>
      <Header {...{ state, toggled, format, viewport }} head={open?.head?.(state, format)} />
      {state.job && !isShownInTab(state, tab) && (
        <JobBar job={state.job} format={format}>
          <TabLink job={state.job} show={show} />
        </JobBar>
      )}
      {state.verify && <VerifyBar verify={state.verify} format={format} />}
      {state.inspect.phase === 'error' ? (
        <div class="panel">
          <ErrorBox error={state.inspect.error} />
          {isAttached(state) && <DetachButton />}
        </div>
      ) : (
        <>
          <Tabs current={tab} show={show} />
          <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
            <Panel {...{ ...choices, state, format, viewport }} />
          </div>
        </>
      )}
    </main>
  );
}

/** Menus and title buttons act on what is ticked as well, so the host knows it before anything can be clicked. */
function useTicksTold({ inspect }: InspectorState, toggled: ReadonlySet<string>): void {
  const told = useRef('');
  const sites = inspect.phase === 'ready' ? inspect.value.sites : undefined;
  useLayoutEffect(() => {
    if (!sites) return;
    const layers = tickedByHand(sites, toggled);
    const text = layers ? JSON.stringify(layers) : '';
    if (text === told.current) return;
    told.current = text;
    send({ type: 'ticked', ...(layers && { layers }) });
  }, [sites, toggled]);
}

/** A model was chosen for the file, and may be what is wrong. */
function isAttached({ architecture }: InspectorState): boolean {
  return architecture !== undefined && architecture !== 'none';
}

/** A tab that shows its own run has the bar and Stop where the numbers come. */
function isShownInTab(state: InspectorState, open: TabId): boolean {
  if (state.inspect.phase !== 'ready') return false;
  const tab = tabOf(state.job);
  return tab?.id === open && isLive(tab.job?.phase(state));
}

function isLive(phase: RunPhase | undefined): boolean {
  return phase === 'running' || phase === 'queued';
}

function tabOf(job: JobState | undefined) {
  return tabs.find((tab) => job !== undefined && tab.job?.kind === job.kind);
}

/** Leads to where a run's numbers are. */
function TabLink({
  job,
  show,
}: {
  readonly job: JobState;
  readonly show: ChoicesState['show'];
}): VNode | null {
  const tab = tabOf(job);
  if (tab === undefined) return null;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        show(tab.choices, {});
        focusTab(tab.id);
      }}
    >
      Show {tab.label}
    </button>
  );
}
