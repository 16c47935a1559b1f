/** The open tab's content, or what stands in its place. */
import type { VNode } from 'preact';
import type { InspectResult } from '../../src/contract/results';
import type { InspectorState } from '../../src/contract/page';
import type { Format } from '../ui/format';
import { Compare } from '../tabs/compare/tab';
import { Pruning } from '../tabs/pruning/tab';
import { Robustness } from '../tabs/robustness/tab';
import type { Choices, Choose } from '../host-state';
import { Training } from '../tabs/training/tab';
import { Kernels } from '../tabs/kernels/kernels';
import { Overview } from '../tabs/overview/overview';
import { ErrorBox, Loading, Notice } from '../ui/states';
import type { Viewport } from '../ui/viewport';

export interface PanelProps {
  readonly state: InspectorState;
  readonly choices: Choices;
  readonly choose: Choose;
  readonly format: Format;
  readonly toggled: ReadonlySet<string>;
  readonly viewport: Viewport;
}

export function Panel(props: PanelProps): VNode {
  const { state } = props;
  if (state.inspect.phase !== 'ready') {
    return (
      <Loading key="header">
        Reading the header of <span class="mono">{state.fileName}</span>
      </Loading>
    );
  }
  return <ReadyPanel {...props} inspected={state.inspect.value} />;
}

function ReadyPanel({ inspected, ...props }: PanelProps & { readonly inspected: InspectResult }): VNode {
  const { state, choices, choose, format, toggled, viewport } = props;
  switch (choices.tab) {
    case 'overview':
      return (
        <>
          {!state.trusted && (
            <Notice title="This window is in Restricted Mode">
              Inspecting works. Converting and fusing run code on your machine and need a trusted workspace.
            </Notice>
          )}
          <Overview
            readMilliseconds={state.readMilliseconds}
            chosenArchitecture={state.architecture}
            {...{ inspected, choices, choose, format, toggled, viewport }}
          />
        </>
      );
    case 'pruning':
      return <Pruning {...{ state, inspected, choices, choose, format, viewport }} />;
    case 'robustness':
      return <Robustness {...{ state, inspected, choices, choose, format, viewport }} />;
    case 'compare':
      return <Compare {...{ state, inspected, choices, choose, format, viewport }} />;
    case 'training':
      return <Training {...{ state, inspected, format, viewport }} />;
    case 'kernels':
      return <KernelsPanel {...props} inspected={inspected} />;
  }
}

function KernelsPanel({
  state: { kernels, slices, fileName },
  inspected,
  ...props
}: PanelProps & { readonly inspected: InspectResult }): VNode {
  if (kernels.phase === 'error') return <ErrorBox error={kernels.error} />;
  if (kernels.phase !== 'ready') {
    return (
      <Loading key="kernels">
        Reading the kernels of <span class="mono">{fileName}</span>, {props.format.bytes(inspected.size)}
      </Loading>
    );
  }
  const { choices, choose, format, viewport } = props;
  return (
    <Kernels
      kernels={kernels.value}
      slices={slices}
      sites={inspected.sites}
      hasGraph={inspected.hasGraph}
      {...{ choices, choose, format, viewport }}
    />
  );
}
