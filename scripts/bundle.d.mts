import type { BuildOptions } from 'esbuild';

export function nodeBundle(entry: string, outfile: string, firstLine?: string): BuildOptions;
