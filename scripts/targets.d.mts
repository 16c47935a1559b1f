import type { BuildOptions } from 'esbuild';

/** Every bundle that is shipped. */
export const targets: readonly BuildOptions[];
