import type { InspectResult } from '../../contract/results';
import type { Disposable } from '../dispose';

/** A file as it was when it was looked at; another size or time is another file. */
export interface FileStamp {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

/** What is known of a file's header. */
export type Header =
  | { readonly phase: 'reading' }
  | { readonly phase: 'ready'; readonly value: InspectResult }
  | { readonly phase: 'error'; readonly error: unknown };

interface Entry {
  readonly stamp: FileStamp;
  header: Header;
}

// A header takes some 50 ms; whatever takes longer than this is stuck, and the next file waits for it.
const LIMIT_MILLISECONDS = 20_000;

/**
 * Headers of files, each read when it is first asked for and again when the file has changed. One is read at a time, the
 * file asked for last first: that is the one in sight.
 */
export class Headers implements Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly waiting: FileStamp[] = [];
  private readonly stop = new AbortController();
  private busy = false;

  /** @param onChange gets the path of a file whose header has come, or was refused */
  constructor(
    private readonly read: (path: string, signal: AbortSignal) => Promise<InspectResult>,
    private readonly onChange: (path: string) => void,
  ) {}

  /** What is known now; asks for the rest. */
  get(stamp: FileStamp): Header {
    const known = this.entries.get(stamp.path);
    if (known && known.stamp.size === stamp.size && known.stamp.modified === stamp.modified) {
      return known.header;
    }
    const entry: Entry = { stamp, header: { phase: 'reading' } };
    this.entries.set(stamp.path, entry);
    this.waiting.push(stamp);
    void this.pump();
    return entry.header;
  }

  /** The next one who asks for a file has it read again. */
  forget(path: string): void {
    this.entries.delete(path);
  }

  /** Forgets all files but these. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.entries.keys()) if (!paths.has(path)) this.entries.delete(path);
  }

  dispose(): void {
    this.stop.abort();
    this.waiting.length = 0;
    this.entries.clear();
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (let next = this.waiting.pop(); next; next = this.waiting.pop()) {
      const entry = this.entries.get(next.path);
      // Changed again, or gone, while it waited.
      if (entry?.stamp !== next) continue;
      const header = await this.header(next.path);
      if (this.stop.signal.aborted) return;
      entry.header = header;
      if (this.entries.get(next.path) === entry) this.onChange(next.path);
    }
    this.busy = false;
  }

  private async header(path: string): Promise<Header> {
    const limit = AbortSignal.timeout(LIMIT_MILLISECONDS);
    try {
      return { phase: 'ready', value: await this.read(path, AbortSignal.any([this.stop.signal, limit])) };
    } catch (error) {
      const told = limit.aborted ? new Error('its header takes too long to read') : error;
      return { phase: 'error', error: told };
    }
  }
}
