import type { TerminalText } from '../shared/sinks/terminal';
import type { Pause } from '../operations/kit/pause';

/** One of the two streams the command line writes to. */
export interface Output {
  write(text: TerminalText): void;
  /** True on a terminal, where a line may be drawn over. */
  readonly isTerminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
}

/** What the command line touches of the outside, so that it can be run inside a test. */
export interface Io {
  /** Results. */
  readonly out: Output;
  /** Errors and progress. */
  readonly err: Output;
  /** Aborted when the user asks to stop. */
  readonly signal: AbortSignal;
  /** Set while the user wants the work to rest. */
  readonly pause?: Pause;
}

/** The process's own streams. */
export function processIo(signal: AbortSignal, pause: Pause): Io {
  return { out: outputOf(process.stdout), err: outputOf(process.stderr), signal, pause };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY,
    get columns() {
      return stream.columns || 80;
    },
  };
}
