/** How far each tab is scrolled, kept while others are shown and while the editor is hidden. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { remember, remembered } from '../host';
import type { TabId } from './choices';

/** Every move told to the editor would be one message for each frame. */
const REST_MILLISECONDS = 100;

type Places = Partial<Record<TabId, number>>;

/** What the page wrote itself, or nothing. */
function restorePlaces(saved: unknown): Places {
  if (typeof saved !== 'object' || saved === null || !('scroll' in saved)) return {};
  const { scroll } = saved;
  if (typeof scroll !== 'object' || scroll === null) return {};
  return Object.fromEntries(Object.entries(scroll).filter(([, place]) => Number.isFinite(place)));
}

/**
 * Each tab has its own place; one that was not looked at before begins at its top.
 * @param complete whether the tab shows all it will: before, the page may be too short for its place
 */
export function useKeptScroll(tab: TabId, complete: boolean): void {
  const places = useRef<Places | undefined>(undefined);
  places.current ??= restorePlaces(remembered());
  const wanted = useRef<number | undefined>(undefined);
  // A listener of the tab before is still there when the page moves for the next one.
  const shown = useRef(tab);
  useLayoutEffect(() => {
    shown.current = tab;
    wanted.current = places.current?.[tab] ?? Math.min(window.scrollY, topOfTab());
  }, [tab]);
  useLayoutEffect(() => {
    if (wanted.current === undefined) return;
    window.scrollTo(0, wanted.current);
    if (complete) wanted.current = undefined;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      remember({ scroll: places.current });
    };
    const keep = () => {
      if (wanted.current !== undefined) return;
      places.current = { ...places.current, [shown.current]: window.scrollY };
      timer ??= setTimeout(tell, REST_MILLISECONDS);
    };
    window.addEventListener('scroll', keep, { passive: true });
    return () => {
      window.removeEventListener('scroll', keep);
      tell();
    };
  }, []);
}

/** Where the tabs, which stick to the top, have the whole of the tab under them. */
function topOfTab(): number {
  const panel = document.getElementById('panel')?.getBoundingClientRect().top ?? 0;
  const tabs = document.querySelector('.tabs')?.getBoundingClientRect().height ?? 0;
  return Math.max(0, window.scrollY + panel - tabs);
}
