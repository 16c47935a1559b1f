import { visible } from './visible';

declare const forTerminal: unique symbol;

/** Text that may go to a terminal: nothing in it is an instruction. Only the functions here make it. */
export type TerminalText = string & { readonly [forTerminal]: true };

/** Foreign text on one line of a terminal. */
export function terminalLine(text: string): TerminalText {
  return visible(text) as TerminalText;
}

/** Lines of ours with foreign text in them, which must have been through `terminalLine`: a line break of its own stays one. */
export function terminalText(text: string): TerminalText {
  return text
    .split('\n')
    .map((line) => visible(line))
    .join('\n') as TerminalText;
}

/** A line that takes the place of the one before it. @param blanks cells to clear after it */
export function terminalRedraw(text: string, blanks: number): TerminalText {
  return `\r${visible(text)}${' '.repeat(Math.max(blanks, 0))}` as TerminalText;
}

/** Clears the line. @param cells of it that are drawn */
export function terminalWipe(cells: number): TerminalText {
  return `\r${' '.repeat(cells)}\r` as TerminalText;
}

/** A result with every string and key in it fit for one line of a terminal. @param value as JSON has it */
export function terminalResult<T>(value: T): T {
  return onLines(value) as T;
}

function onLines(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(onLines);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visible(key), onLines(item)]));
}
