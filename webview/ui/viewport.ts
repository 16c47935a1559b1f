/** The page's width and the rows of a long table that are in sight. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/** How wide the page is. */
export interface Viewport {
  /** Of the window, CSS pixels. */
  readonly width: number;
  /** Of the content: without the page's padding, at most 1400. */
  readonly content: number;
}

const PADDING = { wide: 24, narrow: 16 };

/** @param width of the window, CSS pixels */
export function viewportOf(width: number): Viewport {
  const padding = width >= 900 ? PADDING.wide : PADDING.narrow;
  // A page that is hidden or being laid out may have no width.
  return { width, content: Math.min(1400, Math.max(280, width - 2 * padding)) };
}

/** Follows the window as it is made wider and narrower. */
export function useViewport(): Viewport {
  const read = () => viewportOf(document.documentElement.clientWidth);
  const [viewport, setViewport] = useState(read);
  useEffect(() => {
    const update = () => {
      setViewport(read());
    };
    const observer = new ResizeObserver(update);
    observer.observe(document.documentElement);
    return () => {
      observer.disconnect();
    };
  }, []);
  return viewport;
}

/** Rows of a table, from 0. */
export interface RowRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

const ROW = 24;
/** Up to here all rows are drawn. */
const FEW = 200;
const MARGIN = 12;

/** Rows between two heights, with a margin, in steps of ten so that scrolling seldom redraws. */
export function visibleRows(top: number, height: number, count: number): RowRange {
  const step = 10;
  const from = Math.floor((top / ROW - MARGIN) / step) * step;
  const to = Math.ceil(((top + height) / ROW + MARGIN) / step) * step;
  return { from: Math.min(Math.max(0, from), count), to: Math.max(0, Math.min(count, to)) };
}

/** The rows of the given table body to draw; rows are 24 px high and the page itself scrolls. */
export function useVisibleRows(body: RefObject<HTMLElement>, count: number): RowRange {
  const [range, setRange] = useState<RowRange>({ from: 0, to: Math.min(count, 80) });
  useLayoutEffect(() => {
    const update = () => {
      const top = -(body.current?.getBoundingClientRect().top ?? 0);
      const next = visibleRows(top, window.innerHeight, count);
      setRange((current) => (current.from === next.from && current.to === next.to ? current : next));
    };
    update();
    window.addEventListener('scroll', update, { passive: true });
    window.addEventListener('resize', update);
    return () => {
      window.removeEventListener('scroll', update);
      window.removeEventListener('resize', update);
    };
  }, [count]);
  if (count <= FEW) return { from: 0, to: count };
  return { from: Math.min(range.from, count), to: Math.min(range.to, count) };
}
