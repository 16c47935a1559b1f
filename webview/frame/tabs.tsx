/** The tab strip: one stop, ←/→, Home/End. */
import type { VNode } from 'preact';
import { tabs } from '../tabs';
import { focusTab } from '../ui/focus-tab';
import { moveIndex } from '../ui/keys';
import type { ChoicesState, TabId } from './choices';

export interface TabsProps {
  readonly current: TabId;
  readonly show: ChoicesState['show'];
}

/** Follows the pattern of ARIA: an arrow opens the next tab at once. */
export function Tabs({ current, show }: TabsProps): VNode {
  const move = (event: KeyboardEvent) => {
    const index = tabs.findIndex(({ id }) => id === current);
    const next = moveIndex(event.key, index, tabs.length);
    const tab = next === undefined ? undefined : tabs[next];
    if (!tab) return;
    event.preventDefault();
    show(tab.choices, {});
    focusTab(tab.id);
  };
  return (
    <div class="tabs" role="tablist" aria-label="Inspector" onKeyDown={move}>
      {tabs.map(({ id, label, choices }) => (
        <button
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-controls={id === current ? 'panel' : undefined}
          aria-selected={id === current}
          tabIndex={id === current ? 0 : -1}
          onClick={() => {
            show(choices, {});
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
