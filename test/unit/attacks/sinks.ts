import { expect } from 'vitest';
import { editorText } from '../../../src/shared/sinks/editor';
import { csvCell } from '../../../src/shared/sinks/csv';
import { htmlText } from '../../../src/shared/sinks/html';
import { jsonLine } from '../../../src/shared/sinks/json';
import { pythonDocstring, pythonString } from '../../../src/shared/sinks/python';
import {
  terminalLine,
  terminalRedraw,
  terminalResult,
  terminalText,
  terminalWipe,
} from '../../../src/shared/sinks/terminal';
import { visible } from '../../../src/shared/sinks/visible';
import { EDITOR_ICON, EDITOR_LINK, UNSEEN } from '../../support/hostile';

/** A function that foreign text goes through on its way out, and what must be true after it. */
interface Sink {
  readonly file: string;
  readonly name: string;
  readonly apply: (text: string) => string;
  readonly holds: (out: string, text: string) => void;
  /** An ordinary text, and what comes of it. */
  readonly ours: string;
  readonly is: string;
}

const NAME = 'layer1.0/conv_1 (3×3)';

const unseenNowhere = (out: string): void => {
  expect(out).not.toMatch(UNSEEN);
};

/** One for each function of `src/shared/sinks`. */
export const SINKS: readonly Sink[] = [
  { file: 'visible.ts', name: 'visible', apply: visible, holds: unseenNowhere, ours: NAME, is: NAME },
  {
    ...{ file: 'python.ts', name: 'pythonString', apply: pythonString, ours: NAME, is: `"${NAME}"` },
    holds: (out) => {
      unseenNowhere(out);
      // Between the quotes no quote and no backslash stands by itself.
      expect(out).toMatch(/^"([^"\\]|\\["\\bfnrt]|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*"$/u);
    },
  },
  {
    ...{ file: 'python.ts', name: 'pythonDocstring', apply: pythonDocstring, ours: NAME, is: NAME },
    holds: (out) => {
      unseenNowhere(out);
      expect(out).toMatch(/^([^"\\]|\\["\\])*$/u);
    },
  },
  {
    ...{ file: 'terminal.ts', name: 'terminalLine', apply: terminalLine, ours: NAME, is: NAME },
    holds: unseenNowhere,
  },
  {
    ...{ file: 'terminal.ts', name: 'terminalText', apply: terminalText },
    ...{ ours: `${NAME}\nnext`, is: `${NAME}\nnext` },
    holds: (out, text) => {
      unseenNowhere(out.replaceAll('\n', ''));
      expect(out.split('\n')).toHaveLength(text.split('\n').length);
    },
  },
  {
    ...{ file: 'terminal.ts', name: 'terminalRedraw', apply: (text) => terminalRedraw(text, 2) },
    ...{ ours: NAME, is: `\r${NAME}  ` },
    holds: (out) => {
      expect(out[0]).toBe('\r');
      unseenNowhere(out.slice(1));
    },
  },
  {
    ...{ file: 'terminal.ts', name: 'terminalWipe', apply: (text) => terminalWipe(text.length) },
    ...{ ours: 'abc', is: '\r   \r' },
    holds: (out) => expect(out).toMatch(/^\r *\r$/),
  },
  {
    ...{ file: 'terminal.ts', name: 'terminalResult', ours: NAME },
    apply: (text) => JSON.stringify(terminalResult({ a: [text, 1, null, { [text]: text }] })),
    is: `{"a":["${NAME}",1,null,{"${NAME}":"${NAME}"}]}`,
    holds: (out) => {
      unseenNowhere(out);
      const { a } = JSON.parse(out) as { a: [string, 1, null, Record<string, string>] };
      unseenNowhere(a[0]);
      unseenNowhere(Object.keys(a[3])[0] ?? '');
    },
  },
  {
    ...{ file: 'editor.ts', name: 'editorText', apply: editorText, ours: NAME, is: NAME },
    holds: (out) => {
      unseenNowhere(out);
      expect(out).not.toMatch(EDITOR_LINK);
      expect(out).not.toMatch(EDITOR_ICON);
    },
  },
  {
    ...{ file: 'html.ts', name: 'htmlText', apply: htmlText, ours: NAME, is: NAME },
    holds: (out) => {
      unseenNowhere(out);
      // No tag, no end of an attribute, and no reference but ours.
      expect(out).not.toMatch(/[<>"']/);
      expect(out).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
    },
  },
  {
    ...{ file: 'csv.ts', name: 'csvCell', apply: csvCell, ours: NAME, is: NAME },
    holds: (out) => {
      unseenNowhere(out);
      // One cell for whoever follows RFC 4180, and no formula in it, whatever separates cells.
      expect(out).toMatch(/^([^",]*|"([^"]|"")*")$/);
      for (const cell of out.split(/[,;|"]/)) expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
    },
  },
  {
    ...{ file: 'json.ts', name: 'jsonLine', apply: (text) => jsonLine({ [text]: [text] }) },
    ...{ ours: NAME, is: `{"${NAME}":["${NAME}"]}` },
    holds: (out, text) => {
      unseenNowhere(out);
      expect(Object.entries(JSON.parse(out) as object)).toEqual([[text, [text]]]);
    },
  },
];
