import { isCancelled, messageOf } from '../errors';
import { notify, type Log } from '../ui/window';

/** Says what went wrong, in a notification and in the log. Something that was stopped was reported already. */
export function reportFailure({ log }: { readonly log: Log }, where: string, error: unknown): void {
  if (isCancelled(error)) return;
  log.error(`${where}: ${messageOf(error)}`);
  const showLog = 'Show Log';
  void notify('error', messageOf(error), [showLog]).then((answer) => {
    if (answer === showLog) log.show();
  });
}

/** Does what a button or a page asks for, which nobody waits for: its failure is shown like a command's. */
export function guarded(services: { readonly log: Log }, where: string, work: () => unknown): void {
  const done = async (): Promise<void> => void (await work());
  void done().catch((error: unknown) => reportFailure(services, where, error));
}
