import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** An import of a `.wasm` file is its bytes, as in the bundles. */
const wasmBytes = {
  name: 'wasm-bytes',
  enforce: 'pre' as const,
  load(id: string): string | undefined {
    if (!id.endsWith('.wasm')) return undefined;
    return `export default Buffer.from('${readFileSync(id).toString('base64')}', 'base64');`;
  },
};

export default defineConfig({
  plugins: [wasmBytes],
  test: {
    include: ['test/unit/**/*.test.ts', 'test/interop/**/*.test.ts'],
    server: { deps: { inline: [/@jsquash/, /\.wasm$/] } },
    // tfjs-node cannot be loaded twice in one process, so no worker threads.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
