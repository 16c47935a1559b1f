import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFile } from '../../src/operations/new';
import { verifyFiles } from '../../src/operations/verify/verify';
import { nativeBackend } from '../support/native';
import { runTorch } from '../support/peers';
import { quiet } from '../support/quiet';
import { differenceToRecorded } from '../support/recorded';

interface Answer {
  /** Between the written module and the network as it is defined. */
  readonly difference: number;
  /** Standard deviations of kernels, in units of He's law. */
  readonly spread: readonly number[];
}

const CASES = [
  { network: 'cifar-quick', extension: 'pth', classes: 7, channels: 1 },
  { network: 'cifar-quick-bn', extension: 'safetensors', classes: 10, channels: 3 },
  { network: 'vgg16-bn', extension: 'pth', classes: 10, channels: 3 },
  { network: 'resnet20', extension: 'pth', classes: 10, channels: 3 },
] as const;

const onNative = { ...quiet, backend: nativeBackend };
const folder = mkdtempSync(path.join(tmpdir(), 'acnet-new-'));
const fileOf = ({ network, extension }: (typeof CASES)[number]): string =>
  path.join(folder, `${network}.${extension}`);
let answers: readonly Answer[];

beforeAll(async () => {
  const cases: object[] = [];
  for (const each of CASES) {
    const file = fileOf(each);
    const { module } = await newFile(each.network, file, each, quiet);
    cases.push({ ...each, file, module });
  }
  const list = path.join(folder, 'cases.json');
  writeFileSync(list, JSON.stringify(cases));
  answers = JSON.parse(runTorch(path.join(import.meta.dirname, 'new', 'run.py'), [list])) as Answer[];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a new network', () => {
  it.each(CASES.map((each, i) => [each.network, i] as const))(
    '%s is what its source defines, in PyTorch, in its module and here',
    async (_, i) => {
      expect(answers[i].difference).toBeLessThan(1e-5);
      for (const spread of answers[i].spread) expect(Math.abs(spread - 1)).toBeLessThan(0.1);
      const file = fileOf(CASES[i]);
      expect(await differenceToRecorded({ path: file, answer: file, size: 32 })).toBeLessThan(1e-5);
    },
  );

  it.each(['keras', 'h5', 'onnx'])('is the same written as .%s', async (extension) => {
    const [pth, other] = ['pth', extension].map((each) => path.join(folder, `same-${extension}.${each}`));
    await newFile('cifar-quick-bn', pth, { seed: 5 }, quiet);
    await newFile('cifar-quick-bn', other, { seed: 5 }, quiet);
    const { passed, maxRel } = await verifyFiles(pth, other, { samples: 2 }, onNative);
    expect(passed).toBe(true);
    expect(maxRel).toBeLessThan(1e-5);
  });
});
