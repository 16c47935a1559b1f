/**
 * How long and with how much memory a 4.8 GB HDF5 model opens for inspection: structure, network and sites'
 * shapes, no weights. Allowed: 1 s and 150 MB. Each round is a process of its own, as a reader is.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpointFile } from '../../src/files/open';
import { peakBytes } from '../../src/files/process-memory';
import { makeSparseModel } from '../support/sparse-model';

const ROUNDS = 5;

async function openOnce(path: string): Promise<void> {
  const start = performance.now();
  const checkpoint = await openCheckpointFile(path);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = peakBytes() / 2 ** 20;
  const { tensors, graph } = checkpoint;
  checkpoint.close();
  console.log(JSON.stringify({ seconds, megabytes, tensors: tensors.size, nodes: graph?.nodes.length }));
}

interface Round {
  readonly seconds: number;
  readonly megabytes: number;
  readonly tensors: number;
  readonly nodes: number;
}

function measure(): void {
  const folder = mkdtempSync(join(tmpdir(), 'acnet-large-'));
  try {
    const path = join(folder, 'large.h5');
    makeSparseModel(path, 127, 1024);
    const { size, blocks } = statSync(path);
    console.log(`file: ${(size / 1e9).toFixed(2)} GB, ${((blocks * 512) / 1e6).toFixed(1)} MB on disk`);
    const self = [...process.execArgv, process.argv[1], path];
    const rounds = Array.from({ length: ROUNDS }, () => {
      const line = execFileSync(process.execPath, self, { encoding: 'utf8' });
      const round = JSON.parse(line) as Round;
      console.log(
        `${round.seconds.toFixed(2)} s, ${round.megabytes.toFixed(0)} MB, ${round.tensors} tensors`,
      );
      return round;
    });
    const seconds = rounds.map((round) => round.seconds).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
    const megabytes = Math.max(...rounds.map((round) => round.megabytes));
    const passed = seconds <= 1 && megabytes <= 150;
    console.log(`median ${seconds.toFixed(2)} s (allowed 1), peak ${megabytes.toFixed(0)} MB (allowed 150)`);
    if (!passed) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const path = process.argv[2];
if (path) void openOnce(path);
else measure();
