import { defineConfig } from 'vitest/config';

/** Flows in a real browser and a real VS Code; each file starts its own. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: 'test/e2e/support/packages.ts',
    pool: 'forks',
    maxWorkers: 1,
    // A browser on a busy machine may not have had its turn; what fails twice is wrong.
    retry: 1,
    // For what hangs; what a test waits for says so before, after `LIMIT` in test/support.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
