/** Two cells wide in every terminal: by Unicode's East Asian Width, and pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
/** Drawn over the character before. */
const ZERO = /[\p{Mn}\p{Me}\u200c\u200d\ufe0f]/u;

/** Cells of a terminal that visible text takes. */
export function cellsOf(text: string): number {
  // What nearly all text is made of.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** The beginning of visible text that fits. @param cells width to fit into */
export function cutTo(text: string, cells: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += cellsOf(character);
    if (width > cells) break;
    end += character.length;
  }
  return text.slice(0, end);
}
