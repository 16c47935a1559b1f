/** `docs/first-operation.md` as what it asks for, and a copy of the source in which it is followed. */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');

/** A file that is new, or lines in one that is there. */
export interface Edit {
  readonly file: string;
  readonly text: string;
  /** Whether the text is lines of a file that is there: ` ` before what is there, `+` what is new, `-` what goes. */
  readonly isDiff: boolean;
}

/** What the page asks its reader to do. */
export interface Walk {
  readonly edits: readonly Edit[];
  /** Lines for the terminal, in their order. */
  readonly commands: readonly string[];
}

/** Reads the page. */
export function firstOperation(): Walk {
  const text = readFileSync(path.join(root, 'docs/first-operation.md'), 'utf8');
  const edits = [...text.matchAll(/^\*\*`([^`]+)`\*\*\n\n```(\w+)\n([^]*?)^```$/gm)].map(
    ([, file = '', language, content = '']) => ({ file, text: content, isDiff: language === 'diff' }),
  );
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)];
  return { edits, commands: blocks.flatMap(([, lines = '']) => lines.trim().split('\n')) };
}

/** A copy of some of the repository, with its `node_modules`; whatever was there before is gone. */
export function copySource(name: string, parts: readonly string[]): string {
  const copy = path.join(root, 'out', name);
  rmSync(copy, { recursive: true, force: true });
  for (const part of parts) cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

/** @throws Error where the file is not as the page says */
export function apply(folder: string, { file, text, isDiff }: Edit): void {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, isDiff ? changed(file, readFileSync(target, 'utf8'), text) : text);
}

function changed(file: string, old: string, diff: string): string {
  const lines = old.split('\n');
  let at = 0;
  for (const line of diff.split('\n').filter((each) => each.trim() !== '')) {
    const [mark, content] = [line[0], line.slice(1)];
    if (mark === '+') lines.splice(at++, 0, content);
    else at = lineOf(file, lines, content) + 1;
    if (mark === '-') lines.splice(--at, 1);
  }
  return lines.join('\n');
}

function lineOf(file: string, lines: readonly string[], content: string): number {
  const found = lines.indexOf(content);
  if (found < 0 || lines.includes(content, found + 1)) throw new Error(`${file}: not once there: ${content}`);
  return found;
}
