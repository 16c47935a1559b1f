/** Keys that move within a strip or grid. */

/** Where ←/↑, →/↓, Home and End lead from `current` of `count`; undefined for another key. */
export function moveIndex(key: string, current: number, count: number): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(0, current - 1);
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(last, current + 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
