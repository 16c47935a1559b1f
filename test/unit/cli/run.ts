import { main } from '../../../src/cli/main';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Lines on standard error that hold anything. */
  readonly errors: readonly string[];
  /** The last line of standard output, parsed. */
  json(): unknown;
}

/** Runs the command line in this process with captured streams that are not a terminal. */
export function acnet(...argv: string[]): Promise<Run> {
  return acnetWith(new AbortController().signal, ...argv);
}

/** The same with a signal of its own, as Ctrl-C gives it. */
export async function acnetWith(signal: AbortSignal, ...argv: string[]): Promise<Run> {
  let out = '';
  let err = '';
  const code = await main(argv, {
    out: { write: (text) => void (out += text), isTerminal: false, columns: 80 },
    err: { write: (text) => void (err += text), isTerminal: false, columns: 80 },
    signal,
  });
  const errors = err.split('\n').filter(Boolean);
  return {
    code,
    out,
    err,
    errors,
    json: () => JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as unknown,
  };
}
