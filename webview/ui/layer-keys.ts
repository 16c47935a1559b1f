import { useEffect } from 'preact/hooks';

/** J and K: next and previous layer, anywhere on the tab but in a text field. */
export function useLayerKeys(selected: number, select: (index: number) => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as Element | null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest('input, select, textarea, vscode-text-field')) return;
      if (event.key === 'j' || event.key === 'J') select(selected + 1);
      else if (event.key === 'k' || event.key === 'K') select(selected - 1);
    };
    window.addEventListener('keydown', listen);
    return () => {
      window.removeEventListener('keydown', listen);
    };
  });
}
