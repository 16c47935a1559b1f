import { processIo } from './io';
import { main } from './main';
import { pauseOnStop } from './pause';

/** The reader of a pipe may leave early (`acnet inspect f | head`); that is no failure. */
function leaveQuietlyWhenNobodyReads(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/**
 * The first Ctrl-C asks to stop between two steps. It also gives the signal back to the system, so that a second
 * one ends the process at once, even inside a native call that JavaScript cannot interrupt.
 */
function stopOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

leaveQuietlyWhenNobodyReads();
void main(process.argv.slice(2), processIo(stopOnInterrupt(), pauseOnStop())).then((code) => {
  process.exitCode = code;
});
