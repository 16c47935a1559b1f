import path from 'node:path';
import { build } from 'esbuild';
import { root } from './setup/shared.mjs';

const MODULE_URL = "const moduleUrl = require('node:url').pathToFileURL(__filename).href;";

/** zod carries its messages in 50 languages, of which it uses English. */
const zodInEnglish = {
  name: 'zod-in-english',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, async ({ path: name, resolveDir, kind }) => {
      if (!/[\\/]zod[\\/]/.test(resolveDir)) return undefined;
      return build.resolve(name.replace('index.js', 'en.js'), { resolveDir, kind });
    });
  },
};

/**
 * TensorFlow.js would bring node-fetch, and with it Node's http, to fetch models by address. Nothing here does: the bundles hold
 * no way to the network.
 */
const withoutFetch = {
  name: 'without-fetch',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node-fetch$/ }, () => ({ path: 'node-fetch', namespace: 'no-network' }));
    onLoad({ filter: /.*/, namespace: 'no-network' }, () => ({
      contents: "module.exports = () => { throw new Error('nothing is fetched from a network'); };",
    }));
  },
};

/**
 * Leaves the HDF5 library (5.6 MB with its WebAssembly) out of a bundle: all find it in one file beside them, and read it
 * when they first meet such a file.
 */
const hdf5Beside = {
  name: 'hdf5-beside',
  setup(build) {
    build.onResolve({ filter: /^h5wasm$/ }, () => ({ path: './hdf5.cjs', external: true }));
  },
};

/** A bundle that ships beside `hdf5Bundle`. */
export function besideHdf5(options) {
  return { ...options, plugins: [...options.plugins, hdf5Beside] };
}

/** The file that `besideHdf5` leaves to. */
export function hdf5Bundle(folder) {
  return nodeBundle('h5wasm', `${folder}/hdf5.cjs`);
}

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
    keepNames: true, // error classes are recognised by name across processes
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [scriptTexts, zodInEnglish, withoutFetch],
  };
}

/** `import text from './thread.ts?bundle'` is a script's text, so that it is found wherever the bundle lies. */
const scriptTexts = {
  name: 'script-texts',
  setup({ onResolve, onLoad, initialOptions }) {
    onResolve({ filter: /\?bundle$/ }, ({ path: file, resolveDir }) => ({
      path: path.join(resolveDir, file.replace(/\?bundle$/, '')),
      namespace: 'script-text',
    }));
    onLoad({ filter: /.*/, namespace: 'script-text' }, async ({ path: entry }) => ({
      contents: await scriptText(entry, initialOptions.minify),
      loader: 'text',
    }));
  },
};

/** A file with all it imports, as the text of one CommonJS script. */
export async function scriptText(entry, minify = false) {
  const options = { ...nodeBundle(entry, 'script.cjs'), write: false, metafile: false, minify };
  const { outputFiles } = await build(options);
  return outputFiles[0].text;
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
    plugins: [zodInEnglish],
  };
}
