import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { nodeBundle } from './bundle.mjs';
import { root } from './setup/shared.mjs';

/** `import.meta.url` of each module as it stands in the source: fixtures are found from there. */
const sourcePlace = {
  name: 'source-place',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, async ({ path: file }) => {
      const url = JSON.stringify(pathToFileURL(file).href);
      const text = await readFile(file, 'utf8');
      return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};

/** Imports a TypeScript module of `test/` into a script. @param entry from the root of the repository */
export async function importTest(entry) {
  const outfile = path.join(root, 'out/scripts', `${path.basename(entry, '.ts')}.mjs`);
  const options = { format: 'esm', banner: {}, define: {}, packages: 'external', plugins: [sourcePlace] };
  await build({ ...nodeBundle(entry, outfile), ...options });
  return import(pathToFileURL(outfile).href);
}
