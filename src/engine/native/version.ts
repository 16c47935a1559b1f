const LEAST = [2, 15] as const;

/** For messages. */
export const LEAST_VERSION = LEAST.join('.');

/** @param version as in `2.21.0` or `2.16.0-rc1` */
export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}
