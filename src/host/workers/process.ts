import { fork, type ChildProcess } from 'node:child_process';
import type { HostMessage } from '../../contract/wire';
import { isFrame, processEnd, type ProcessEnd } from './errors';
import { heapFlags } from './limits';

/** What is heard of a process until it has ended. */
export interface ProcessEvents {
  onMessage(message: unknown): void;
  /** Once, whatever the way it ended. */
  onEnd(end: ProcessEnd, lastLines: readonly string[]): void;
  /** A line of its output, for the log. */
  onLine(line: string): void;
}

const KEPT_LINES = 20;
const KEPT_CHARACTERS = 2000;
// Output still in the pipe when the process is gone; a grandchild may hold the pipe open for ever.
const DRAIN_MILLISECONDS = 200;

/** One life of one worker process. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly lastLines: string[] = [];
  private ended = false;
  private drain: NodeJS.Timeout | undefined;

  /** @param file the worker's bundle */
  constructor(
    file: string,
    env: NodeJS.ProcessEnv,
    private readonly events: ProcessEvents,
  ) {
    // execArgv is given: the host's own (`--inspect` and the like) would be inherited.
    this.child = fork(file, [], {
      execArgv: heapFlags(),
      env,
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.on('message', (message) => events.onMessage(message));
    this.child.on('error', (error) => {
      this.kill();
      this.end({ kind: 'failed', text: error.message });
    });
    this.child.on('exit', (code, signal) => {
      const end = processEnd(code, signal);
      this.drain = setTimeout(() => this.end(end), DRAIN_MILLISECONDS);
      this.child.on('close', () => this.end(end));
    });
    eachLine(this.child.stdout, (line) => events.onLine(line));
    eachLine(this.child.stderr, (line) => {
      // The frames of a stack would be all that is kept.
      if (!isFrame(line)) this.lastLines.push(line.slice(0, KEPT_CHARACTERS));
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
      events.onLine(line);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(message: HostMessage): void {
    // A failed send means that the process is going or gone; `exit` says more, but may not come for a stuck one.
    this.child.send(message, (error) => {
      if (error) this.kill();
    });
  }

  /** Ends it at once; `onEnd` follows. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  private end(end: ProcessEnd): void {
    clearTimeout(this.drain);
    if (this.ended) return;
    this.ended = true;
    this.events.onEnd(end, this.lastLines);
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(-KEPT_CHARACTERS);
    for (const line of lines) if (line.trim() !== '') onLine(line);
  });
  stream?.on('end', () => {
    if (rest.trim() !== '') onLine(rest);
    rest = '';
  });
}
