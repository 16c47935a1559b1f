/**
 * Examines the files it is given, one after the other, as a process that may be killed, and answers with what came of
 * each and the most memory it ever took.
 */
import { readFileSync } from 'node:fs';
import { CheckpointError } from '../../src/core/errors';
import { openCheckpoint } from '../../src/core/formats/registry';
import { peakBytes } from '../../src/files/process-memory';
import { examine } from '../fuzz/examine';
import { sourceOf, type FileSet } from '../fuzz/case';
import type { Examined } from './bounded';

async function examined(file: string): Promise<Omit<Examined, 'seconds'>> {
  const main = 'net.pth';
  const files: FileSet = { main, files: new Map([[main, new Uint8Array(readFileSync(file))]]) };
  try {
    (await openCheckpoint(sourceOf(files))).close();
  } catch (error) {
    if (error instanceof CheckpointError) return { outcome: 'refused', message: error.message, ...peak() };
    return {
      outcome: 'wrong',
      message: error instanceof Error ? (error.stack ?? '') : String(error),
      ...peak(),
    };
  }
  try {
    return { outcome: await examine(files, true), message: '', ...peak() };
  } catch (error) {
    return {
      outcome: 'wrong',
      message: error instanceof Error ? (error.stack ?? '') : String(error),
      ...peak(),
    };
  }
}

function peak(): { peak: number } {
  return { peak: peakBytes() };
}

process.on('message', (file: string) => {
  const before = process.cpuUsage();
  void examined(file).then((result) => {
    const { user, system } = process.cpuUsage(before);
    process.send?.({ ...result, seconds: (user + system) / 1e6 });
  });
});
