import { visible } from './visible';

/** A value as one line of JSON, with everything unseen as escapes: it is often looked at in a terminal. */
export function jsonLine(value: unknown): string {
  return visible(JSON.stringify(value), escapeInJson);
}

/** JSON writes what is beyond 16 bits as its two halves. */
function escapeInJson(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
