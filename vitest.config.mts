import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { scriptText } from './scripts/bundle.mjs';

/** An import of a `.wasm` file is its bytes, as in the bundles. */
const wasmBytes = {
  name: 'wasm-bytes',
  enforce: 'pre' as const,
  load(id: string): string | undefined {
    if (!id.endsWith('.wasm')) return undefined;
    return `export default Buffer.from('${readFileSync(id).toString('base64')}', 'base64');`;
  },
};

/** An import with `?bundle` is the text of a whole script, as in the bundles. */
const scriptTexts = {
  name: 'script-texts',
  enforce: 'pre' as const,
  async load(id: string): Promise<string | undefined> {
    const [file, query] = id.split('?');
    return query === 'bundle' ? `export default ${JSON.stringify(await scriptText(file))};` : undefined;
  },
};

export default defineConfig({
  plugins: [wasmBytes, scriptTexts],
  // There is no such module outside of VS Code.
  resolve: { alias: { vscode: new URL('./test/support/vscode.ts', import.meta.url).pathname } },
  test: {
    include: ['test/unit/**/*.test.ts', 'test/interop/**/*.test.ts'],
    globalSetup: 'test/support/peer-servers.ts',
    server: { deps: { inline: [/@jsquash/, /\.wasm$/] } },
    // tfjs-node cannot be loaded twice in one process, so no worker threads.
    pool: 'forks',
    maxWorkers: 2,
    // For what hangs. Frameworks that are read from a cold disk by a busy machine take minutes to start.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
