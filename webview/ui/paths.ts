/** Paths of either kind of separator, in few words. */

/** The last `parts` of a path, as in `cifar10/test`. */
export function tail(path: string, parts: number): string {
  const names = path.split(/[\\/]/).filter((part) => part !== '');
  return names.slice(-parts).join('/') || path;
}

/** The last part of a path. */
export function fileName(path: string): string {
  return tail(path, 1);
}
