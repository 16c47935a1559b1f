/** The page: header, running job, tabs and the open tab's content. */
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { InspectorState, JobState, RunPhase } from '../../src/contract/page';
import { createFormat } from '../ui/format';
import type { Format } from '../ui/format';
import { useChoices, useInspector } from '../host-state';
import type { Choices, Choose, Tab } from '../host-state';
import { send } from '../host';
import { DetachButton } from '../tabs/overview/architecture';
import { Header } from './header';
import { Panel } from './panel';
import { useKeptScroll } from './scroll';
import { tickedByHand } from '../tabs/overview/sites-model';
import { ErrorBox, JobBar } from '../ui/states';
import { Tabs } from './tabs';
import { VerifyBar } from './verify-bar';
import { useViewport } from '../ui/viewport';

export function App(): VNode {
  const state = useInspector();
  const [choices, choose] = useChoices();
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
  return <Page state={state} choices={choices} choose={choose} format={format} />;
}

interface PageProps {
  readonly state: InspectorState;
  readonly choices: Choices;
  readonly choose: Choose;
  readonly format: Format;
}

function Page({ state, choices, choose, format }: PageProps): VNode {
  const { tab } = choices;
  const viewport = useViewport();
  const toggled = useMemo(() => new Set(choices.toggled), [choices.toggled]);
  const ready = state.inspect.phase === 'ready';
  useKeptScroll(tab, ready && (tab !== 'kernels' || isSettled(state.kernels)));
  const asked = state.compare?.asked;
  const turns = asked !== undefined && asked !== choices.compareSeen;
  useEffect(() => {
    if (turns) choose({ tab: 'compare', compareSeen: asked });
  }, [turns, asked]);
  useTicksTold(state, toggled);
  const wanted = ready && tab === 'kernels' && state.kernels.phase === 'idle';
  useEffect(() => {
    if (wanted) send({ type: 'loadKernels' });
  }, [wanted]);
  return (
    <main>
      <Header {...{ state, tab, toggled, format, viewport }} />
      {state.job && !isShownInTab(state, tab) && (
        <JobBar job={state.job} format={format}>
          <TabLink job={state.job} choose={choose} />
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
          <Tabs
            current={tab}
            onChange={(next) => {
              choose({ tab: next });
            }}
          />
          <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`}>
            <Panel {...{ state, choices, choose, format, toggled, viewport }} />
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

function isSettled({ phase }: InspectorState['kernels']): boolean {
  return phase === 'ready' || phase === 'error';
}

/** A model was chosen for the file, and may be what is wrong. */
function isAttached({ architecture }: InspectorState): boolean {
  return architecture !== undefined && architecture !== 'none';
}

/** A tab that shows its own run has the bar and Stop where the numbers come. */
function isShownInTab({ job, training, pruning, robustness, inspect }: InspectorState, tab: Tab): boolean {
  if (inspect.phase !== 'ready') return false;
  switch (job?.kind) {
    case 'train':
      return tab === 'training' && isLive(training?.phase);
    case 'prune':
      return tab === 'pruning' && isLive(pruning?.phase);
    case 'robustness':
      return tab === 'robustness' && isLive(robustness?.phase);
    default:
      return false;
  }
}

function isLive(phase: RunPhase | undefined): boolean {
  return phase === 'running' || phase === 'queued';
}

/** By kind of job: the tab that shows it, and what leads there. */
const RUN_TABS: Readonly<Partial<Record<JobState['kind'], readonly [Tab, string]>>> = {
  train: ['training', 'Show Training'],
  prune: ['pruning', 'Show Pruning'],
  robustness: ['robustness', 'Show Robustness'],
};

/** Leads to where a run's numbers are. */
function TabLink({ job, choose }: { readonly job: JobState; readonly choose: Choose }): VNode | null {
  const found = RUN_TABS[job.kind];
  if (found === undefined) return null;
  const [tab, label] = found;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        choose({ tab });
        document.getElementById(`tab-${tab}`)?.focus();
      }}
    >
      {label}
    </button>
  );
}
