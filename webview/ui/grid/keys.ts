/** The keyboard on a grid, which is one stop of the Tab key. */
import { moveIndex } from '../keys';

const PAGE = 20;
const ROW = 24;
/** What sticks to the top of the page: the tabs and the heads. */
const COVERED = 36 + ROW;

/** Where ↑/↓, Home, End and the page keys lead from `active`; undefined for another key. */
export function rowOf(key: string, active: number, count: number): number | undefined {
  if (count === 0 || key === 'ArrowLeft' || key === 'ArrowRight') return undefined;
  const page = { PageDown: PAGE, PageUp: -PAGE }[key];
  if (page === undefined) return moveIndex(key, active, count);
  return Math.min(count - 1, Math.max(0, active + page));
}

/** Scrolls the page, not the row into view: the row may not be drawn yet. */
export function scrollToRow(body: Element | undefined, index: number): void {
  if (!body) return;
  const top = body.getBoundingClientRect().top + index * ROW;
  if (top < COVERED) window.scrollBy(0, top - COVERED);
  else if (top + ROW > window.innerHeight) window.scrollBy(0, top + ROW - window.innerHeight + 8);
}
