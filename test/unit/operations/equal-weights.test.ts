import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/engine/backend';
import { tellingAssumed } from '../../../src/files/assumed';
import { inspectFile } from '../../../src/operations/inspect';
import { readJob } from '../../../src/operations/job/job';
import { trainingReport } from '../../../src/operations/report/write';
import type { TrainEvent } from '../../../src/contract/results';
import { trainFile } from '../../../src/operations/train/file';
import { trainJob } from '../../../src/operations/train/train';
import { SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext } from '../../support/operation';
import { equalWeightsModel } from '../formats/onnx-support';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

/** A folder with images, and a network whose equal kernels are one's or two's. */
async function folderOf(): Promise<string> {
  const folder = await smallFolder();
  writeFileSync(path.join(folder, 'net.onnx'), equalWeightsModel());
  return folder;
}

interface How {
  readonly resume?: boolean;
  readonly stop?: boolean;
}

async function run(folder: string, job: object, { resume, stop }: How = {}) {
  const controller = new AbortController();
  const onEvent = ({ event }: TrainEvent): void => {
    if (stop && event === 'epoch') controller.abort();
  };
  const text = JSON.stringify({ ...SMALL, checkpoint: 'net.onnx', epochs: 1, batch: 16, ...job });
  const read = readJob(text, path.join(folder, 'a.acnet.json'));
  const target = { directory: path.join(folder, 'run'), resume };
  const { value, assumed } = await tellingAssumed(
    async () => {
      const result = await trainJob(read, target, { ...testContext(backend, controller.signal), onEvent });
      return { result, report: await trainingReport(read, 'a.acnet.json', result, []) };
    },
    () => undefined,
  );
  return { ...value, assumed };
}

describe('a job on equal weights that an exporter wrote once', () => {
  it('takes them as it says, in training and in its report; nothing is assumed then', async () => {
    const separate = await run(await folderOf(), { equalWeights: 'separate' });
    expect(separate.result.converted).toHaveLength(2);
    expect(separate.report.network.trainableParameters).toBe(2 * 9 + 128);
    expect(separate.assumed).toEqual([]);
    const { trainableParameters } = await inspectFile(separate.result.outputs.baseline);
    // The batch norm that blocks bring is in the baseline too; written, it is a bias for each of the two.
    expect(trainableParameters).toBe(2 * 9 + 128 + 2);
  });

  it('that says nothing takes what whoever runs it says, and else its own word', async () => {
    for (const [job, converted] of [
      [{}, 2],
      [{ equalWeights: 'shared' }, 1],
    ] as const) {
      const file = path.join(await folderOf(), 'a.acnet.json');
      const text = { ...SMALL, checkpoint: 'net.onnx', epochs: 1, batch: 16, ...job };
      writeFileSync(file, JSON.stringify(text));
      const context = { ...testContext(backend), onEvent: () => undefined };
      const result = await trainFile(file, { equalWeights: 'separate' }, context);
      expect(result.converted).toHaveLength(converted);
    }
  });

  it('takes what the file shows where it says nothing, and says what is assumed', async () => {
    const unsaid = await run(await folderOf(), {});
    expect(unsaid.result.converted).toHaveLength(1);
    expect(unsaid.report.network.trainableParameters).toBe(9 + 128);
    expect(unsaid.assumed[0]?.network).toContain('0.conv.weight to be shared by 0.conv, 1.conv');
    const shared = await run(await folderOf(), { equalWeights: 'shared' });
    expect(shared.result.converted).toHaveLength(1);
    expect(shared.assumed).toEqual([]);
  });

  it('is not gone on with as if it had said something else', async () => {
    const folder = await folderOf();
    const said = { equalWeights: 'separate' };
    await expect(run(folder, said, { stop: true })).rejects.toThrow('stopped on request');
    for (const [other, found] of [
      [{ equalWeights: 'shared' }, '"shared"'],
      [{}, 'nothing'],
    ] as const) {
      await expect(run(folder, other, { resume: true })).rejects.toThrow(
        `the run began with other settings and is not continued; --overwrite starts anew (equalWeights; expected "separate"; found ${found})`,
      );
    }
    expect((await run(folder, said, { resume: true })).result.fused.passed).toBe(true);
  });
});
