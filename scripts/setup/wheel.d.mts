/** TensorFlow's package for one system, as `src/host/native/wheels.json` pins it. */
export interface PinnedWheel {
  readonly sha256: string;
}

/** By system, as in `linux-x64`. */
export const WHEELS: Readonly<Record<string, PinnedWheel>>;

/** The package in the cache; undefined before the set-up has run. */
export function keptWheel(wheel: PinnedWheel): string | undefined;

/** The version that is pinned. */
export const VERSION: string;

/** What is kept of the package. */
export const LIBRARIES: readonly string[];
