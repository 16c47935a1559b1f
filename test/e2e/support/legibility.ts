/** Whether every text of a page can be read: nothing over it, nothing of it cut off. */
import type { Page } from 'playwright-core';

/** What is wrong, one line each; none if all can be read. */
export function illegible(page: Page): Promise<string[]> {
  return page.evaluate(findIllegible);
}

/** Runs in the page, so that everything it needs is inside it. */
function findIllegible(): string[] {
  interface Piece {
    readonly text: string;
    readonly box: DOMRect;
    readonly element: Element;
  }
  /** Scrolls inside itself, or is cut with an ellipsis and has all of it in its title. */
  const frameOf = (element: Element) => element.closest('.scrolls, .log, .clipped[title], .tabs');
  const say = ({ text }: Piece) => `"${text.slice(0, 40)}"`;

  function isShown(element: Element): boolean {
    if (element.closest('.unseen, script, style, option, [hidden]')) return false;
    return !element.closest('details:not([open])') || element.closest('summary') !== null;
  }

  function textPieces(): Piece[] {
    const pieces: Piece[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (!element || text === '' || !isShown(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter(({ width, height }) => width > 0.5 && height > 0.5);
      pieces.push(...boxes.map((box) => ({ text, box, element })));
    }
    return pieces;
  }

  function cutByDrawing({ box, element }: Piece): boolean {
    const drawing = element.closest('svg')?.getBoundingClientRect();
    if (!drawing) return false;
    const aside = box.left < drawing.left - 1 || box.right > drawing.right + 1;
    return aside || box.top < drawing.top - 3 || box.bottom > drawing.bottom + 4;
  }

  function cutByParent({ box, element }: Piece): boolean {
    for (let outer: Element | null = element; outer && outer !== document.body; outer = outer.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(outer);
      const clips = overflowX !== 'visible' || overflowY !== 'visible';
      if (!clips || outer instanceof SVGElement) continue;
      const around = outer.getBoundingClientRect();
      if (box.right > around.right + 1 || box.bottom > around.bottom + 3) return true;
    }
    return false;
  }

  function cuts(piece: Piece): string[] {
    const { box, element } = piece;
    const problems = cutByDrawing(piece) ? [`${say(piece)} is cut off by its drawing`] : [];
    if (frameOf(element)) return problems;
    const beyond = box.left < -1 || box.right > window.innerWidth + 1;
    if (beyond) problems.push(`${say(piece)} is beyond the edge of the page`);
    if (cutByParent(piece)) problems.push(`${say(piece)} is cut off by what holds it`);
    return problems;
  }

  /** Boxes of glyphs are higher than the glyphs: two lines that touch are not on one another. */
  function collide(a: Piece, b: Piece): boolean {
    if (a.element === b.element || frameOf(a.element) !== frameOf(b.element)) return false;
    const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    return across > 1 && down > 4;
  }

  const pieces = textPieces().sort((a, b) => a.box.top - b.box.top);
  const problems = pieces.flatMap((piece, index) => {
    const below = pieces.slice(index + 1);
    const end = below.findIndex(({ box }) => box.top > piece.box.bottom);
    const near = end < 0 ? below : below.slice(0, end);
    const on = near.filter((other) => collide(piece, other));
    return [...cuts(piece), ...on.map((other) => `${say(piece)} and ${say(other)} lie on one another`)];
  });
  return [...new Set(problems)];
}
