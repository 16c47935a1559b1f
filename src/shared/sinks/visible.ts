/** How a character that is not shown, or deceives, is shown: \u001b, and \u{e0001} beyond 16 bits. */
function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * Characters that no reader sees as what they are: controls (C0, DEL, C1), lone surrogates, the line and paragraph
 * separators, and what Unicode calls format or default-ignorable (bidi controls, zero widths, tags, fillers).
 */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Joiners between two letters of a script that is spelled with them, and the mark of an emoji's colour. */
const SPELLING =
  /(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}])[\u200c\u200d](?=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}])|(?<=\p{Extended_Pictographic})\ufe0f/gu;

/**
 * Foreign text on one line, with everything unseen in it as escapes. Text that has been through it stays as it is.
 * What a reader must take for text and not for markup still needs the function of its sink.
 * @param escape how a character is shown
 */
export function visible(text: string, escape: (character: string) => string = escapeOf): string {
  // What nearly all text is made of.
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const kept = new Set([...text.matchAll(SPELLING)].map(({ index }) => index));
  return text.replace(UNSEEN, (character, index: number) =>
    kept.has(index) ? character : escape(character),
  );
}
