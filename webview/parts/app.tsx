/** The page: header, running job, tabs and the open tab's content. */
import type { VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { InspectorState } from '../../src/protocol/inspector';
import { createFormat } from '../format';
import type { Format } from '../format';
import { useChoices, useInspector } from '../state';
import type { Choices, Choose } from '../state';
import { send } from '../vscode';
import { Header } from './header';
import { Kernels } from './kernels';
import { Overview } from './overview';
import { ErrorBox, JobBar, Loading, Notice } from './states';
import { Tabs } from './tabs';
import { useViewport } from './viewport';

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
  const toggled = useMemo(() => new Set(choices.toggled), [choices.toggled]);
  const ready = state.inspect.phase === 'ready';
  const wanted = ready && tab === 'kernels' && state.kernels.phase === 'idle';
  useEffect(() => {
    if (wanted) send({ type: 'loadKernels' });
  }, [wanted]);
  return (
    <main>
      <Header state={state} toggled={toggled} format={format} />
      {state.job && <JobBar job={state.job} format={format} />}
      {state.inspect.phase === 'error' ? (
        <div class="panel">
          <ErrorBox error={state.inspect.error} />
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
            <Panel state={state} choices={choices} choose={choose} format={format} toggled={toggled} />
          </div>
        </>
      )}
    </main>
  );
}

function Panel({
  state,
  choices,
  choose,
  format,
  toggled,
}: PageProps & { readonly toggled: ReadonlySet<string> }): VNode {
  const viewport = useViewport();
  if (state.inspect.phase !== 'ready') {
    return (
      <Loading key="header">
        Reading the header of <span class="mono">{state.fileName}</span>
      </Loading>
    );
  }
  const inspected = state.inspect.value;
  const restricted = !state.trusted && (
    <Notice title="This window is in Restricted Mode">
      Inspecting works. Converting and fusing run code on your machine and need a trusted workspace.
    </Notice>
  );
  if (choices.tab === 'overview') {
    return (
      <>
        {restricted}
        <Overview
          inspected={inspected}
          readMilliseconds={state.readMilliseconds}
          {...{ choices, choose, format, toggled, viewport }}
        />
      </>
    );
  }
  if (state.kernels.phase === 'error') return <ErrorBox error={state.kernels.error} />;
  if (state.kernels.phase !== 'ready') {
    return (
      <Loading key="kernels">
        Reading the kernels of <span class="mono">{state.fileName}</span>, {format.bytes(inspected.size)}
      </Loading>
    );
  }
  return (
    <Kernels
      kernels={state.kernels.value}
      sites={inspected.sites}
      {...{ choices, choose, format, viewport }}
    />
  );
}
