import { hostMessage, type HostMessage, type WorkerMessage } from '../contract/wire';

/** The worker's end of the line to the host. */
export interface Port {
  send(message: WorkerMessage): void;
  /** Malformed messages do not arrive. */
  onMessage(listener: (message: HostMessage) => void): void;
}

/**
 * The line of a process made by `child_process.fork`. When the host is gone the worker ends too: nobody
 * would read its answers.
 */
export function parentPort(): Port {
  if (!process.send) throw new Error('a worker is started by the extension, not by hand');
  process.on('disconnect', () => process.exit(0));
  return {
    send: (message) => {
      // A host that went away meanwhile is not an error of ours; `disconnect` follows.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => {
      process.on('message', (raw) => {
        const parsed = hostMessage.safeParse(raw);
        if (parsed.success) listener(parsed.data);
        else process.stderr.write(`malformed message from the host: ${parsed.error.issues[0]?.message}\n`);
      });
    },
  };
}
