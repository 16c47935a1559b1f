import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Which process wrote something: a pid by itself names another one after a restart, and another machine's in a shared
 * folder. All parts can stand in a file name.
 */
export interface ProcessIdentity {
  /** The machine, and on Linux the pid namespace (a container counts as a machine of its own): `name_0123abcd`. */
  readonly host: string;
  readonly pid: number;
  /** When it started, in a form of the system's own, to be compared only; `0` where the system does not say it. */
  readonly started: string;
}

const HOST = /^[a-z0-9-]{0,16}_[0-9a-f]{8}$/;
const STARTED = /^[0-9a-z]{1,32}$/;
const UNKNOWN = '0';

let own: ProcessIdentity | undefined;

/** The process that calls. */
export function thisProcess(): ProcessIdentity {
  const { pid } = process;
  own ??= { host: thisHost(), pid, started: startOf(pid) ?? UNKNOWN };
  return own;
}

/** True if the process ran, or runs, where this one does; of others nothing can be found out. */
export function isOfThisHost({ host }: ProcessIdentity): boolean {
  return host === thisProcess().host;
}

/**
 * False only if the process certainly runs no more: its pid is free, or another process has it by now. A process of
 * another host counts as alive, since nobody here can know; so does one whose start time the system does not say while
 * its pid is in use. What belongs to a process that counts as alive is never removed or taken over: callers leave it,
 * and say whose it is (`isOfThisHost`) and what the user can do.
 */
export function isAlive(identity: ProcessIdentity): boolean {
  const { pid, started } = identity;
  if (!isOfThisHost(identity)) return true;
  if (!isInUse(pid)) return false;
  const now = startOf(pid);
  return now === undefined || started === UNKNOWN || now === started;
}

/** True if there is a process of this pid, whoever owns it. */
export function isInUse(pid: number): boolean {
  if (!isPid(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** As a part of a file name: `host.pid.started`. */
export function identityToName({ host, pid, started }: ProcessIdentity): string {
  return `${host}.${pid}.${started}`;
}

/** What `identityToName` wrote; undefined for anything else. */
export function identityFromName(text: string): ProcessIdentity | undefined {
  const [, host, pid, started] = /^([^.]*)\.([1-9]\d{0,9})\.([^.]*)$/.exec(text) ?? [];
  return identityFromJson({ host, pid: Number(pid), started });
}

/** The identity that parsed JSON holds, whatever else is beside it; undefined if it holds none. */
export function identityFromJson(json: unknown): ProcessIdentity | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { host, pid, started } = json as Readonly<Partial<Record<keyof ProcessIdentity, unknown>>>;
  if (typeof host !== 'string' || !HOST.test(host)) return undefined;
  if (typeof started !== 'string' || !STARTED.test(started)) return undefined;
  return typeof pid === 'number' && isPid(pid) ? { host, pid, started } : undefined;
}

/** `process.kill` takes 0 and negative numbers for whole groups. */
function isPid(pid: number): boolean {
  return Number.isInteger(pid) && pid > 0 && pid <= 0xffff_ffff;
}

/**
 * When a process started, for comparing; undefined where it cannot be found out, and `ended` for one that is dead and
 * only waits for its parent to notice.
 */
export function startOf(pid: number, platform: string = process.platform): string | undefined {
  if (platform === 'linux') return linuxStart(pid);
  // Windows says it only through programs that take half a second to start.
  return platform === 'win32' ? undefined : unixStart(pid);
}

/** Field 22 of /proc/PID/stat (clock ticks since the boot, proc(5)) and the boot they are counted from. */
function linuxStart(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which may itself hold blanks and parentheses.
  const [state = '', ...fields] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  if (/^[ZXx]$/.test(state)) return 'ended';
  const ticks = fields[18] ?? '';
  if (!/^\d+$/.test(ticks)) return undefined;
  const boot = readText('/proc/sys/kernel/random/boot_id') ?? '';
  return `${boot.replace(/[^0-9a-f]/g, '').slice(0, 12)}x${ticks}`;
}

/** As `ps` says it: to the second, without depending on language or time zone. */
function unixStart(pid: number): string | undefined {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  try {
    const said = execFileSync('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)], {
      env,
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    if (said.startsWith('Z')) return 'ended';
    const time = said
      .replace(/^\S+/, '')
      .toLowerCase()
      .replace(/[^0-9a-z]/g, '');
    return STARTED.test(time) ? time : undefined;
  } catch {
    return undefined;
  }
}

/** The machine's name is not enough: many are called `localhost`, and containers share a kernel and its boot. */
function thisHost(): string {
  const name = hostname();
  const parts = [name, readText('/etc/machine-id') ?? '', pidNamespace()];
  const digest = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
  const shown = name
    .split('.')[0]
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-');
  return `${shown.slice(0, 16)}_${digest}`;
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
