import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import { peakBytes, residentBytes } from '../../../src/files/process-memory';

const MEBIBYTE = 2 ** 20;

it('the most memory of a process is its own, not that of the one that started it', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'acnet-peak-'));
  try {
    const script = path.join(root, 'peak.cjs');
    await build({ ...nodeBundle('test/support/peak-run.ts', script), metafile: false });
    const held = Buffer.alloc(400 * MEBIBYTE, 1);
    const [idle, busy] = [0, 200].map((mebibytes) =>
      Number(spawnSync(process.execPath, [script, String(mebibytes)], { encoding: 'utf8' }).stdout),
    );
    expect(held.length).toBeLessThan(peakBytes());
    expect(idle).toBeGreaterThan(10 * MEBIBYTE);
    expect(idle).toBeLessThan(200 * MEBIBYTE);
    expect(busy - idle).toBeGreaterThan(150 * MEBIBYTE);
    expect(busy - idle).toBeLessThan(250 * MEBIBYTE);
  } finally {
    rmSync(root, { recursive: true });
  }
});

it('what a process holds is at most what it has held', () => {
  const resident = residentBytes(process.pid);
  if (process.platform === 'linux') expect(resident).toBeLessThanOrEqual(peakBytes());
  else expect(resident).toBeUndefined();
});
