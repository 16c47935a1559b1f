import type { Backend } from '../engine/backend';
import type { BackendName } from '../contract/backend-names';
import type { TimeEstimate } from '../operations/backend/choose';
import type { OperationContext } from '../operations/kit/context';
import type { Pause } from '../operations/kit/pause';
import type { Progress } from '../contract/results';

/** What the command line gets from its caller and gives back. */
export interface ContextOptions {
  readonly signal: AbortSignal;
  readonly pause?: Pause;
  /** The choice on the command line. */
  readonly backend: () => BackendName | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** A line for people, beside the result. */
  readonly onNotice: (text: string) => void;
}

/**
 * The context the operations are given here. A backend is loaded when it is first asked for, and not before: help and
 * inspection must answer at once. That the slow one is used, and how long it takes, is reported once.
 */
export function cliContext({
  signal,
  pause,
  backend,
  onProgress,
  onNotice,
}: ContextOptions): OperationContext {
  let chosen: Promise<Backend> | undefined;
  let estimate: TimeEstimate | undefined;
  const choose = async (): Promise<Backend> => {
    const { chooseBackend, TimeEstimate } = await import('../operations/backend/choose');
    const found = await chooseBackend(backend(), onNotice);
    if (found.portable) estimate = new TimeEstimate((text) => onNotice(`portable backend: ${text}`));
    return found;
  };
  return {
    signal,
    pause,
    onProgress: (progress) => {
      estimate?.update(progress);
      onProgress(progress);
    },
    backend: () => (chosen ??= choose()),
  };
}
