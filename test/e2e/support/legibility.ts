/** Whether every text of a page can be read: nothing over it, nothing of it cut off. */
import type { Page } from 'playwright-core';

/** What is wrong, one line each; none if all can be read. */
export function illegible(page: Page): Promise<string[]> {
  return page.evaluate(findIllegible);
}

/** Runs in the page. */
function findIllegible(): string[] {
  interface Piece {
    readonly text: string;
    readonly box: DOMRect;
    readonly element: Element;
  }
  const problems: string[] = [];
  const pieces: Piece[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (!element || text === '' || element.closest('.unseen, script, style, option, [hidden]')) continue;
    const closed = element.closest('details:not([open])');
    if (closed && !element.closest('summary')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width > 0.5 && box.height > 0.5) pieces.push({ text, box, element });
    }
  }
  const say = ({ text }: Piece) => `"${text.slice(0, 40)}"`;

  for (const piece of pieces) {
    const { box, element } = piece;
    const drawing = element.closest('svg')?.getBoundingClientRect();
    if (drawing && (box.left < drawing.left - 1 || box.right > drawing.right + 1)) {
      problems.push(`${say(piece)} is cut off at the side of its drawing`);
    }
    if (drawing && (box.top < drawing.top - 3 || box.bottom > drawing.bottom + 4)) {
      problems.push(`${say(piece)} is cut off at the top or bottom of its drawing`);
    }
    // A wide table or a log scrolls inside itself; a name with an ellipsis has it whole in its title.
    const frame = element.closest('.scrolls, .log, .clipped[title], .tabs');
    if (!frame && (box.left < -1 || box.right > window.innerWidth + 1)) {
      problems.push(`${say(piece)} is beyond the page's edge`);
    }
    for (let outer: Element | null = element; outer && !frame; outer = outer.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(outer);
      if (overflowX === 'visible' && overflowY === 'visible') continue;
      if (outer === document.body || outer === document.documentElement || outer instanceof SVGElement)
        continue;
      const around = outer.getBoundingClientRect();
      if (box.right > around.right + 1 || box.bottom > around.bottom + 3) {
        problems.push(`${say(piece)} is cut off by ${outer.tagName.toLowerCase()}.${outer.className}`);
      }
    }
  }

  // Boxes of glyphs are higher than the glyphs: two lines that touch are not on one another.
  const sorted = pieces.sort((a, b) => a.box.top - b.box.top);
  sorted.forEach((piece, index) => {
    for (const other of sorted.slice(index + 1)) {
      if (other.box.top > piece.box.bottom) break;
      if (piece.element === other.element) continue;
      const across = Math.min(piece.box.right, other.box.right) - Math.max(piece.box.left, other.box.left);
      const down = Math.min(piece.box.bottom, other.box.bottom) - Math.max(piece.box.top, other.box.top);
      const scrolled = piece.element.closest('.scrolls, .log') ?? other.element.closest('.scrolls, .log');
      if (across > 1 && down > 4 && !(scrolled && !samePlace(piece, other))) {
        problems.push(`${say(piece)} and ${say(other)} lie on one another`);
      }
    }
  });
  function samePlace(a: Piece, b: Piece): boolean {
    return a.element.closest('.scrolls, .log') === b.element.closest('.scrolls, .log');
  }
  return [...new Set(problems)];
}
