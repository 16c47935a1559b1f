import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findSites } from '../../../src/core/acnet/sites';
import type { Backend } from '../../../src/engine/backend';
import { openCheckpointFile } from '../../../src/files/open';
import { evaluateFile } from '../../../src/operations/evaluate';
import { exportFile } from '../../../src/operations/export';
import { readJob } from '../../../src/operations/job/job';
import { pruneFile } from '../../../src/operations/prune';
import { trainJob } from '../../../src/operations/train/train';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { onnxModel } from '../formats/onnx-support';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';

let backend: Backend;
let folder = '';
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  backend = await nativeBackend();
});

/** A folder with images, a small network, and the same as ONNX. */
async function prepare(): Promise<void> {
  folder = await smallFolder(0.1);
  await exportFile(file('small.keras'), file('small.onnx'), {}, testContext(backend));
}

async function kinds(name: string): Promise<string[]> {
  const checkpoint = await openCheckpointFile(file(name));
  const found = findSites(checkpoint).map(({ kind, batchNorm }) => `${kind}, ${batchNorm}`);
  checkpoint.close();
  return found;
}

describe('a network read from ONNX', () => {
  it('is the Keras network it was exported from', async () => {
    await prepare();
    const context = testContext(backend);
    const verified = await verifyFiles(file('small.keras'), file('small.onnx'), { samples: 20 }, context);
    expect(verified.passed).toBe(true);
    const data = { data: file('images') };
    const [keras, onnx] = [
      await evaluateFile(file('small.keras'), data, context),
      await evaluateFile(file('small.onnx'), data, context),
    ];
    expect(onnx).toMatchObject({ images: 60, top1: keras.top1 });
  });

  it('is trained, fused and verified by a job, and its files are ONNX', async () => {
    await prepare();
    const job = readJob(JSON.stringify({ ...SMALL, checkpoint: 'small.onnx' }), file('a.acnet.json'));
    const context = { ...testContext(backend), onEvent: () => undefined };
    const result = await trainJob(job, { directory: file('run') }, context);
    expect(result.fused).toMatchObject({ passed: true, top1: result.acnet.top1 });
    expect(result.fused.maxRel).toBeLessThanOrEqual(1e-5);
    expect(path.extname(result.outputs.fused)).toBe('.onnx');
    expect(await kinds('run/small.acnet.onnx')).toEqual(['acb, absorbed', 'acb, absorbed']);
    expect(await kinds('run/small.fused.onnx')).toEqual(['plain, absorbed', 'plain, absorbed']);
    expect(readFileSync(file('run/small.fused.onnx'))).not.toEqual(readFileSync(file('small.onnx')));
  });

  it('is pruned', async () => {
    await prepare();
    const options = { data: file('images'), ratios: [0, 0.2], seeds: 2, groups: ['global'] as const };
    const { curves } = await pruneFile(file('small.onnx'), options, testContext(backend));
    expect(curves.global?.map(({ ratio }) => ratio)).toEqual([0, 0.2]);
  });

  it('is not run with an operator that nobody knows, which is named', async () => {
    await prepare();
    const unknown = onnxModel({
      nodes: [{ op: 'Cauchy', inputs: ['x'], outputs: ['y'] }],
      inputs: [['x', [1, 1, 8, 8]]],
      outputs: ['y'],
    });
    writeFileSync(file('unknown.onnx'), unknown);
    const run = evaluateFile(file('unknown.onnx'), { data: file('images') }, testContext(backend));
    await expect(run).rejects.toThrow(/Cauchy/);
  });

  it('is exported to no file of another kind, nor over another one', async () => {
    await prepare();
    const context = testContext(backend);
    await expect(exportFile(file('small.onnx'), file('small.txt'), {}, context)).rejects.toThrow(
      /cannot be exported to a file of this name.*expected .*\.onnx/,
    );
    await expect(exportFile(file('small.onnx'), file('small.keras'), {}, context)).rejects.toThrow(/exists/);
    await expect(
      exportFile(file('small.onnx'), file('new.keras'), { layout: 'nchw' }, context),
    ).rejects.toThrow(/only be chosen for ONNX/);
    await exportFile(file('small.onnx'), file('new.keras'), {}, context);
    const same = await verifyFiles(file('small.keras'), file('new.keras'), { samples: 20 }, context);
    expect(same.passed).toBe(true);
  });
});
