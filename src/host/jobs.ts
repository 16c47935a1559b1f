import * as vscode from 'vscode';
import type { Progress } from '../operations/results';
import type { Disposable } from './dispose';
import { HostError, isCancelled } from './errors';
import type { InspectorModel } from './inspector/model';
import type { CallOptions } from './workers/client';

/** Work on files, shown as a notification with Cancel and on the pages of the file it works on. */
export class Jobs implements Disposable {
  private readonly running = new Map<string, AbortController>();

  /** @param modelOf the model of an open file */
  constructor(private readonly modelOf: (uri: vscode.Uri) => InspectorModel | undefined) {}

  /**
   * Runs `work` on a file.
   * @returns undefined when it was cancelled
   * @throws HostError when another job works on the file
   */
  async run<T>(
    uri: vscode.Uri,
    title: string,
    work: (options: CallOptions) => Promise<T>,
  ): Promise<T | undefined> {
    const key = uri.toString();
    if (this.running.has(key)) throw new HostError('another job works on this file; wait or cancel it');
    const controller = new AbortController();
    this.running.set(key, controller);
    this.modelOf(uri)?.setJob({ title, kind: 'convert' });
    try {
      return await withNotification(title, controller, (show) =>
        work({
          signal: controller.signal,
          onNotice: (notice) => {
            if (notice.kind !== 'progress') return;
            show(notice.progress);
            this.modelOf(uri)?.setProgress(notice.progress);
          },
        }),
      );
    } catch (error) {
      if (!isCancelled(error)) throw error;
      void vscode.window.showInformationMessage(`${title}: stopped; nothing was written.`);
      return undefined;
    } finally {
      this.running.delete(key);
      this.modelOf(uri)?.setJob(undefined);
    }
  }

  /** Ends the job on a file, if there is one. */
  cancel(uri: vscode.Uri): void {
    this.running.get(uri.toString())?.abort();
  }

  dispose(): void {
    for (const controller of this.running.values()) controller.abort();
  }
}

function withNotification<T>(
  title: string,
  controller: AbortController,
  work: (show: (progress: Progress) => void) => Promise<T>,
): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, (notification, token) => {
    token.onCancellationRequested(() => controller.abort());
    let shown = 0;
    return work(({ phase, done, total }) => {
      const percent = total > 0 ? Math.min(100, (done / total) * 100) : 0;
      // Increments add up; a new phase may begin anew, and the bar then waits for it.
      notification.report({ message: phase, increment: Math.max(0, percent - shown) });
      shown = Math.max(shown, percent);
    });
  });
}
