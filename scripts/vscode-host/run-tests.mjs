#!/usr/bin/env node
// Runs test/vscode inside a real VS Code: bundles every file there, then hands over to @vscode/test-electron. ACNET_VSCODE=download makes it download VS Code where the stand-in would be used.
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { nodeBundle } from '../bundle.mjs';
import { root } from '../setup/shared.mjs';
import { usesVscodeHost } from '../setup/vscode-host.mjs';

const suites = path.join(root, 'test/vscode');
const bundles = path.join(root, 'out/test/vscode');
const sample = path.join(root, 'media/sample');
/** The beginning of the names of the files to run. */
const only = process.argv[2];

rmSync(bundles, { recursive: true, force: true });
const names = readdirSync(suites).filter((name) => name.endsWith('.ts'));
await Promise.all(
  names.map((name) => {
    const outfile = path.join(bundles, name.replace(/ts$/, 'cjs'));
    const options = nodeBundle(path.join(suites, name), outfile);
    return build({ ...options, external: ['vscode', 'mocha'], sourcemap: 'inline' });
  }),
);
/** Runs the suites in a workspace of their own: VS Code writes settings into it, and tests write files. */
async function runIn({ trusted }) {
  const workspace = mkdtempSync(path.join(tmpdir(), 'acnet-workspace-'));
  try {
    if (existsSync(sample)) cpSync(sample, workspace, { recursive: true });
    await runTests({
      ...(usesVscodeHost && { vscodeExecutablePath: path.join(import.meta.dirname, 'code-shim.mjs') }),
      extensionDevelopmentPath: root,
      extensionTestsPath: path.join(bundles, 'index.cjs'),
      launchArgs: [workspace],
      extensionTestsEnv: {
        ACNET_WORKSPACE_TRUST: trusted ? 'off' : 'on',
        ...(only !== undefined && { ACNET_TESTS: only }),
      },
    });
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

await runIn({ trusted: true });
// Only the stand-in can be told to leave workspace trust on.
if (usesVscodeHost) await runIn({ trusted: false });
