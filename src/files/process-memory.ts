import { readFileSync } from 'node:fs';

/** Bytes of a process that are in memory; undefined if that is unknown. */
export function residentBytes(pid: number): number | undefined {
  return fromStatus(pid, 'VmRSS');
}

/** Most bytes of this process that were in memory at once. */
export function peakBytes(): number {
  // On Linux the other number begins with what the process held that started this one (getrusage(2) keeps it in exec).
  return fromStatus('self', 'VmHWM') ?? process.resourceUsage().maxRSS * 1024;
}

/** A field of /proc/PID/status (proc(5)); undefined on another system than Linux, or where the process has just ended. */
function fromStatus(pid: number | 'self', field: string): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
