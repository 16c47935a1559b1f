/** Structurally what VS Code calls a Disposable, so that files below need not import vscode. */
export interface Disposable {
  dispose(): unknown;
}

/** Owns what it tracks and disposes it in the opposite order. */
export class Owner implements Disposable {
  private readonly owned: Disposable[] = [];
  private disposed = false;

  /** Hands over ownership; what comes after disposal is disposed at once. */
  track<T extends Disposable>(item: T): T {
    if (this.disposed) item.dispose();
    else this.owned.push(item);
    return item;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const item of this.owned.splice(0).reverse()) item.dispose();
  }
}
