/** Names shown in one sentence. */
const SHOWN_NAMES = 8;

/** The first names of a list, and how many more there are. */
export function enumerated(names: readonly string[]): string {
  const more = names.length - SHOWN_NAMES;
  return names.slice(0, SHOWN_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** `a`, `a or b`, `a, b or c`. */
export function oneOf(names: readonly unknown[]): string {
  const texts = names.map(String);
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

/** With a capital first letter, as at the start of a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
