/** Actions for which a narrow page has no room, in a menu: ↑/↓ move, Enter runs, Esc closes. */
import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Action } from '../ui/action';
import { Icon } from '../ui/icons';
import { moveIndex } from '../ui/keys';
import { IconButton } from '../ui/toolkit';

/** The button that opens the menu, and the menu while it is open. */
export function MoreMenu({ actions }: { readonly actions: readonly Action[] }): VNode {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    box.current?.querySelector<HTMLElement>('vscode-button')?.focus();
  };
  useCloseOutside(box, open, () => {
    setOpen(false);
  });
  return (
    <div class="more" ref={box}>
      <IconButton
        icon={<Icon name="more" />}
        label="More actions"
        menuOpen={open}
        onClick={() => {
          setOpen(!open);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' || open) return;
          event.preventDefault();
          setOpen(true);
        }}
      />
      {open && <Items actions={actions} close={close} />}
    </div>
  );
}

function Items({
  actions,
  close,
}: {
  readonly actions: readonly Action[];
  readonly close: () => void;
}): VNode {
  const menu = useRef<HTMLDivElement>(null);
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  // Before the menu is seen: a key that is pressed at once is meant for it.
  useLayoutEffect(() => {
    items()[0]?.focus();
  }, []);
  const move = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      if (event.key === 'Escape') event.preventDefault();
      close();
      return;
    }
    const all = items();
    const next = moveIndex(event.key, all.indexOf(document.activeElement as HTMLElement), all.length);
    if (next === undefined) return;
    event.preventDefault();
    all[next]?.focus();
  };
  return (
    <div class="menu" role="menu" aria-label="More actions" ref={menu} onKeyDown={move}>
      {actions.map(({ label, reason, run }) => (
        <button
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-disabled={reason === undefined ? undefined : 'true'}
          aria-description={reason}
          title={reason ?? ''}
          onClick={() => {
            if (reason !== undefined) return;
            close();
            run();
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function useCloseOutside(box: RefObject<HTMLElement>, open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return;
    const listen = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    document.addEventListener('pointerdown', listen);
    document.addEventListener('focusin', listen);
    return () => {
      document.removeEventListener('pointerdown', listen);
      document.removeEventListener('focusin', listen);
    };
  }, [open]);
}
