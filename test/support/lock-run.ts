/**
 * A process that takes a lock and says so: `held` and after how many calls, or `busy`. It can stop, or end, at any call of the file system on the way:
 * `node lock-run.cjs FOLDER [stop|die N] [nolink]`. A byte on its standard input lets it go on; it keeps the lock until that ends.
 */
import fs from 'node:fs';
import { isLock, takeLock } from '../../src/files/exclusive';

const CALLS = [
  ...['lstatSync', 'fstatSync', 'statSync', 'openSync', 'readSync', 'writeSync', 'fsyncSync', 'closeSync'],
  ...['linkSync', 'renameSync', 'rmSync', 'readdirSync'],
] as const;
type Call = (...args: unknown[]) => unknown;

const [folder, how, point, links] = process.argv.slice(2);
const say = fs.writeSync.bind(fs, 1);
const hear = fs.readSync;
let calls = 0;

function arrive(): void {
  if (calls++ !== Number(point)) return;
  if (how === 'die') process.kill(process.pid, 'SIGKILL');
  if (how !== 'stop') return;
  say('stopped\n');
  // Nothing else happens in this process until it gets a message to continue.
  hear(0, Buffer.alloc(1));
}

for (const name of CALLS) {
  const real = (fs as unknown as Record<string, Call>)[name];
  const call: Call = (...args) => {
    arrive();
    if (name === 'linkSync' && links === 'nolink') {
      // As Linux does where a file system has no hard links: the name is looked at first.
      const code = fs.existsSync(String(args[1])) ? 'EEXIST' : 'EPERM';
      throw Object.assign(new Error(code), { code });
    }
    return real(...args);
  };
  Object.assign(fs, { [name]: call });
}

const lock = takeLock(folder, 'run.lock');
const made = calls;
calls = -Infinity;
if (isLock(lock)) {
  say(`held ${made}\n`);
  process.stdin.resume().once('end', () => lock.release());
} else say('busy\n');
