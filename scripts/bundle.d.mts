import type { BuildOptions } from 'esbuild';

/** esbuild's options for one CommonJS file that runs on Node without node_modules. */
export function nodeBundle(entry: string, outfile: string, firstLine?: string): BuildOptions;

/** A file with all it imports, as the text of one CommonJS script. */
export function scriptText(entry: string, minify?: boolean): Promise<string>;
