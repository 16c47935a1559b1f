import { root } from './setup/shared.mjs';

const MODULE_URL = "const moduleUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * esbuild's options for one CommonJS file that runs on Node without node_modules.
 * @param firstLine a shebang, for a command
 */
export function nodeBundle(entry, outfile, firstLine = '') {
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    loader: { '.wasm': 'binary' },
    define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname' },
    banner: { js: firstLine + MODULE_URL },
    keepNames: true, // error classes are told apart by name across processes
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
}

/** esbuild's options for a page: one script, and one style sheet where the script imports any. */
export function pageBundle(entry, outfile) {
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
}
