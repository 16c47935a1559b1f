/** The tab strip: one stop, ←/→, Home/End. */
import type { VNode } from 'preact';
import type { Tab } from '../host-state';
import { moveIndex } from '../ui/keys';

const tabs: ReadonlyArray<{ id: Tab; label: string }> = [
  { id: 'overview', label: 'Overview' },
  { id: 'kernels', label: 'Kernels' },
  { id: 'pruning', label: 'Pruning' },
  { id: 'robustness', label: 'Robustness' },
  { id: 'compare', label: 'Compare' },
  { id: 'training', label: 'Training' },
];

export function Tabs({
  current,
  onChange,
}: {
  readonly current: Tab;
  readonly onChange: (tab: Tab) => void;
}): VNode {
  const move = (event: KeyboardEvent) => {
    const next = moveIndex(
      event.key,
      tabs.findIndex(({ id }) => id === current),
      tabs.length,
    );
    const tab = next === undefined ? undefined : tabs[next];
    if (!tab) return;
    event.preventDefault();
    onChange(tab.id);
    document.getElementById(`tab-${tab.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Inspector" onKeyDown={move}>
      {tabs.map(({ id, label }) => (
        <button
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-controls={id === current ? 'panel' : undefined}
          aria-selected={id === current}
          tabIndex={id === current ? 0 : -1}
          onClick={() => {
            onChange(id);
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
