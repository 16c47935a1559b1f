import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../../src/operations/convert/convert';
import type { OperationContext } from '../../../src/operations/kit/context';
import { exportFile } from '../../../src/operations/export';
import { fuseFile } from '../../../src/operations/fuse';
import type { Progress } from '../../../src/contract/results';
import { writeSmallNetwork } from '../../support/checkpoint-file';
import { quiet } from '../../support/quiet';

const folder = mkdtempSync(path.join(tmpdir(), 'acnet-write-'));
const file = (name: string): string => path.join(folder, name);

beforeAll(() => writeSmallNetwork(file('net.keras'), 64));
afterAll(() => rmSync(folder, { recursive: true }));

/** What work tells while it runs. */
async function toldBy(work: (context: OperationContext) => Promise<unknown>): Promise<readonly Progress[]> {
  const told: Progress[] = [];
  await work({ ...quiet, onProgress: (progress) => told.push(progress) });
  return told.filter(({ phase }) => phase === 'Writing KiB');
}

describe('writing a checkpoint', () => {
  const convert = { variant: 'skeleton', branches: 'zero', overwrite: true } as const;
  it.each([
    ['export', (c: OperationContext) => exportFile(file('net.keras'), file('net.onnx'), {}, c)],
    [
      'export to many files',
      (c: OperationContext) => exportFile(file('net.keras'), file('model.json'), {}, c),
    ],
    ['convert', (c: OperationContext) => convertFile(file('net.keras'), file('net.acnet.keras'), convert, c)],
    [
      'fuse',
      (c: OperationContext) => fuseFile(file('net.acnet.keras'), file('net.fused.keras'), { fold: false }, c),
    ],
  ])('%s tells how far it has come, up to the end', async (_, work) => {
    const told = await toldBy(work);
    const done = told.map((progress) => progress.done);
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b));
    expect(done[0]).toBe(0);
    expect(new Set(told.map(({ total }) => total)).size).toBe(1);
    // Two kernels of 64 × 64, 3 × 3 and 5 × 5, in float32 are 544 KiB.
    expect(told[0].total).toBeGreaterThan(544);
    expect(done.at(-1)).toBe(told[0].total);
    expect(done.length).toBeGreaterThan(3);
  });

  it('does not say that it has come to the end if it fails', async () => {
    const told: Progress[] = [];
    const context = { ...quiet, onProgress: (progress: Progress) => told.push(progress) };
    await exportFile(file('net.keras'), file('taken.onnx'), {}, quiet);
    await expect(exportFile(file('net.keras'), file('taken.onnx'), {}, context)).rejects.toThrow('exists');
    expect(told.filter(({ done, total }) => done === total)).toEqual([]);
  });
});
