import { stat } from 'node:fs/promises';
import type { Disposable } from '../dispose';

// Writers touch a file several times; a rename shows as two events.
const SETTLE_MILLISECONDS = 300;
/**
 * VS Code's watcher drops a file that is made and deleted between two of its looks, and hears little of network drives,
 * where checkpoints of other machines often lie.
 */
const LOOK_MILLISECONDS = 2000;

/** Calls back when a file has become another one or is gone: after an event, or where a look at it shows that one was missed. */
export class FileChanges implements Disposable {
  private known: Promise<string>;
  private settling: NodeJS.Timeout | undefined;
  private readonly looking: NodeJS.Timeout;

  /** @param onChange called once the file has been quiet for a moment */
  constructor(
    private readonly path: string,
    private readonly onChange: () => void,
    lookMilliseconds = LOOK_MILLISECONDS,
  ) {
    this.known = stampOf(path);
    this.looking = setInterval(() => void this.look(), lookMilliseconds);
    this.looking.unref();
  }

  /** Something was heard of the file. */
  heard(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      // Before anybody reads it: what is changed while they do is found by the next look.
      this.known = stampOf(this.path);
      this.onChange();
    }, SETTLE_MILLISECONDS);
  }

  dispose(): void {
    clearTimeout(this.settling);
    clearInterval(this.looking);
  }

  private async look(): Promise<void> {
    const { known } = this;
    const [before, now] = [await known, await stampOf(this.path)];
    if (before === now || this.known !== known) return;
    this.known = Promise.resolve(now);
    this.heard();
  }
}

/** Differs when the file does, and when it is gone. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return 'none';
  }
}
