import { processIo } from './io';
import { main } from './main';
import { pauseOnStop } from './pause';
import { watchStreams } from './streams';

/**
 * The first Ctrl-C asks to stop between two steps. It also gives the signal back to the system, so that a second
 * one ends the process at once, even inside a native call that JavaScript cannot interrupt.
 */
function stopOnInterrupt(controller: AbortController): void {
  const stop = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

const controller = new AbortController();
stopOnInterrupt(controller);
const isLost = watchStreams(process.stdout, process.stderr, () => controller.abort());
void main(process.argv.slice(2), processIo(controller.signal, pauseOnStop())).then((code) => {
  process.exitCode = code;
});
// What could not be written may be known only now.
process.on('exit', (code) => {
  if (code === 0 && isLost()) process.exitCode = 1;
});
