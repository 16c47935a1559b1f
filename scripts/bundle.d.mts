import type { BuildOptions } from 'esbuild';

/** esbuild's options for one CommonJS file that runs on Node without node_modules. */
export function nodeBundle(entry: string, outfile: string, firstLine?: string): BuildOptions;
