import { jsonLine } from '../shared/sinks/json';
import { terminalLine, terminalResult, terminalText } from '../shared/sinks/terminal';
import type { Reading } from '../core/checkpoint';
import { tellingAssumed } from '../files/assumed';
import type { BackendName } from '../contract/backend-names';
import type { OperationContext } from '../operations/kit/context';
import { cliContext } from './context';
import type { Io } from './io';
import { ProgressLine } from './progress';

/** One piece of work: what computes the result, and what shows it to a person. */
export interface Task<T> {
  work(context: OperationContext): Promise<T>;
  /** Lines. No text of the result has a line break or anything unseen in it any more. */
  render(result: T): string;
  /**
   * True when the work was done but its answer is a failure (a verification that did not pass); a sentence where the
   * result as shown does not say why.
   */
  failed?(result: T): boolean | string | undefined;
}

/** The options by which a person says something of a file that the file does not. */
const OTHERWISE: Readonly<Record<keyof Reading, string>> = {
  equalWeights: ' (--equal-weights shared or separate says otherwise)',
  bnEpsilon: ' (--bn-epsilon says otherwise)',
};

/** One run of the command line: its streams, its progress line and the code it will exit with. */
export class Session {
  exitCode = 0;
  /** The backend chosen on the command line. */
  backend: BackendName | undefined;
  /** What the command line says of the files that are opened. */
  reading: Reading = {};
  readonly context: OperationContext;
  private readonly progress: ProgressLine;

  constructor(readonly io: Io) {
    this.progress = new ProgressLine(io.err);
    this.context = cliContext({
      signal: io.signal,
      pause: io.pause,
      backend: () => this.backend,
      onProgress: (progress) => this.progress.update(progress),
      onNotice: (text) => this.note(text),
    });
  }

  /** Runs a task and prints its result: one line of JSON, or text for people. */
  async run<T extends object>(options: { readonly json?: boolean }, task: Task<T>): Promise<void> {
    const { value: result, assumed } = await this.working(() =>
      tellingAssumed(
        () => task.work(this.context),
        ({ path, network, choice }) =>
          this.note(`${path}: ${network}${choice === undefined ? '' : OTHERWISE[choice]}`),
        () => this.reading,
      ),
    );
    if (options.json) this.printJson(assumed.length > 0 ? { ...result, assumed } : result);
    else this.print(task.render(terminalResult(result)));
    const failed = task.failed?.(result) ?? false;
    if (failed !== false) this.exitCode = 1;
    if (typeof failed === 'string') this.note(failed);
  }

  /** Lines on standard output, above the progress line; foreign text in them has been through `terminalLine`. */
  print(text: string): void {
    this.progress.clear();
    this.io.out.write(terminalText(`${text}\n`));
  }

  /** One line of JSON on standard output. */
  printJson(value: unknown): void {
    this.progress.clear();
    this.io.out.write(terminalText(`${jsonLine(value)}\n`));
  }

  /** A line on standard error, above the progress line. */
  note(text: string): void {
    this.progress.clear();
    this.io.err.write(terminalText(`acnet: ${terminalLine(text)}\n`));
  }

  private async working<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.progress.clear();
    }
  }
}
