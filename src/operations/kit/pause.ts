/** Asked between steps whether to go on. */
export interface Pause {
  readonly paused: boolean;
  /** Resolves when the work may go on. */
  wait(): Promise<void>;
}

/** A pause that somebody sets. */
export class PauseSwitch implements Pause {
  private waiting?: { readonly promise: Promise<void>; readonly end: () => void };

  get paused(): boolean {
    return this.waiting !== undefined;
  }

  set(paused: boolean): void {
    if (paused === this.paused) return;
    this.waiting?.end();
    this.waiting = paused ? waiting() : undefined;
  }

  wait(): Promise<void> {
    return this.waiting?.promise ?? Promise.resolve();
  }
}

function waiting(): { promise: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => (end = resolve));
  return { promise, end };
}
