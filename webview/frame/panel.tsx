/** The open tab's content, or what stands in its place. */
import type { VNode } from 'preact';
import type { InspectorState } from '../../src/contract/page';
import { tabs } from '../tabs';
import type { Format } from '../../src/shared/format';
import { Loading } from '../ui/states';
import type { Viewport } from '../ui/viewport';
import type { ChoicesState } from './choices';

export interface PanelProps extends ChoicesState {
  readonly state: InspectorState;
  readonly format: Format;
  readonly viewport: Viewport;
}

/** The open tab, or that the file is being read. */
export function Panel({ tab: open, state, ...page }: PanelProps): VNode | null {
  if (state.inspect.phase !== 'ready') {
    return (
      <Loading key="header">
        Reading the header of <span class="mono">{state.fileName}</span>
      </Loading>
    );
  }
  const tab = tabs.find(({ id }) => id === open);
  return tab?.draw({ ...page, state, inspected: state.inspect.value }) ?? null;
}
