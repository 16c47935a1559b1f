import { visible } from './visible';

/**
 * A string literal of Python with this value. It is JSON's, whose escapes mean the same in Python; everything unseen is
 * an escape, too, so that a source reads as what it does.
 */
export function pythonString(text: string): string {
  return visible(JSON.stringify(text), escapeInPython);
}

/** Text for the inside of a docstring, on one line: no character of it ends the docstring or starts an escape. */
export function pythonDocstring(text: string): string {
  return visible(text).replace(/[\\"]/g, (character) => `\\${character}`);
}

/** Beyond 16 bits Python writes eight digits. */
function escapeInPython(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}
