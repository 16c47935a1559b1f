import { PauseSwitch, type Pause } from '../operations/kit/pause';

/** Milliseconds after which work that does not look whether it is paused is stopped where it is. */
const GRACE = 3000;
/** The system stops a process as soon as it is asked to; what comes after this has been continued. */
const STOPPED = 50;

/**
 * Ctrl-Z (SIGTSTP) rests between two steps, when the state has been saved, and only then hands the process to the
 * shell, which continues it (`fg`, SIGCONT) as ever.
 */
export function pauseOnStop(): Pause {
  const wanted = new PauseSwitch();
  let overdue: NodeJS.Timeout | undefined;
  const stopHere = async (): Promise<void> => {
    clearTimeout(overdue);
    // With no listener left the signal does what it does to every program, under the system's own rules.
    process.off('SIGTSTP', ask);
    process.kill(process.pid, 'SIGTSTP');
    await new Promise((resolve) => setTimeout(resolve, STOPPED));
    process.on('SIGTSTP', ask);
    wanted.set(false);
  };
  const ask = (): void => {
    wanted.set(true);
    overdue = setTimeout(() => void stopHere(), GRACE).unref();
  };
  // Windows has neither signal.
  if (process.platform !== 'win32') {
    process.on('SIGTSTP', ask);
    process.on('SIGCONT', () => {
      clearTimeout(overdue);
      wanted.set(false);
    });
  }
  return {
    get paused() {
      return wanted.paused;
    },
    wait: stopHere,
  };
}
