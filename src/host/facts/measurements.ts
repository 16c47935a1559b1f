import { stat } from 'node:fs/promises';
import type { Measured } from '../../contract/page';
import { measuredOn } from './facts';
import type { FileStates } from './states';

/** Tells two contents of a file apart without reading it. */
type Stamp = (path: string) => Promise<string>;

/** Knows which files a measurement was made on as they were then, and marks it where they have changed since. */
export class Measurements {
  private readonly taken = new Map<string, Map<Measured, ReadonlyMap<string, string>>>();

  constructor(
    private readonly states: FileStates,
    private readonly stamp: Stamp = stampOf,
  ) {}

  /**
   * To be called before a measurement reads its files, when it is shown already: what is shown says which others it reads.
   * @param file the file that it is shown with
   */
  async begin(
    { key: file, path: own }: { readonly key: string; readonly path: string },
    what: Measured,
  ): Promise<void> {
    const paths = [own, ...measuredOn(this.states.get(file), what)];
    const stamps = await Promise.all(paths.map(async (path) => [path, await this.stamp(path)] as const));
    const known = this.taken.get(file) ?? new Map<Measured, ReadonlyMap<string, string>>();
    this.taken.set(file, known.set(what, new Map(stamps)));
  }

  /** Looks at the files of a file's measurements; one that is under way is looked at when it has ended. */
  async look(file: string): Promise<void> {
    for (const [what, stamps] of this.taken.get(file) ?? []) {
      const changed = await Promise.all(
        [...stamps].map(async ([path, stamp]) => (await this.stamp(path)) !== stamp),
      );
      const state = this.states.get(file)[what];
      if (!state || state.outdated || state.phase === 'queued' || state.phase === 'running') continue;
      if (changed.includes(true)) this.states.update(file, { [what]: { ...state, outdated: true } });
    }
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'gone';
  }
}
