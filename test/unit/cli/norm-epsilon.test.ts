import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { TrainResult } from '../../../src/contract/results';
import { SMALL, smallFolder } from '../../support/jobs';
import { cifarResnet8, UNKNOWN_NETWORK, weightsFile } from '../../support/weights-file';
import { temporaryFolder } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const SENTENCE =
  'the ε of 2 batch norms is assumed to be 1e-5, the default of PyTorch: the file does not store it';

it('an assumed ε is said with the option that says otherwise, as a line and in JSON', async () => {
  writeFileSync(at('net.safetensors'), weightsFile(UNKNOWN_NETWORK));
  const run = await acnet('kernels', at('net.safetensors'), '--json');
  expect(run.err).toBe(`acnet: ${at('net.safetensors')}: ${SENTENCE} (--bn-epsilon says otherwise)\n`);
  const assumed = [{ path: at('net.safetensors'), network: SENTENCE, choice: 'bnEpsilon' }];
  expect(run.json()).toMatchObject({ assumed });
});

it('what is stated to convert needs no word when it is fused, verified or compared', async () => {
  const [net, blocks, fused] = ['net', 'net.acnet', 'net.fused'].map((name) => at(`${name}.safetensors`));
  writeFileSync(net, weightsFile(UNKNOWN_NETWORK));
  const converted = await acnet('convert', net, '-o', blocks, '--assume-bn', '--bn-epsilon', '1e-3');
  expect([converted.code, converted.err]).toEqual([0, '']);
  expect((await acnet('inspect', blocks)).out).toMatch(/Batch norm ε +0\.001, as the file says/);
  for (const argv of [
    ['fuse', blocks, '-o', fused],
    ['compare', blocks, fused],
  ]) {
    const run = await acnet(...argv);
    expect([run.code, run.err]).toEqual([0, '']);
  }
  expect((await acnet('compare', net, fused)).err).toContain(SENTENCE);
});

it.each(['0', '-1', 'x', 'Infinity'])('%s is not an ε', async (text) => {
  const { code, err } = await acnet('inspect', 'net.pth', `--bn-epsilon=${text}`);
  expect(code).toBe(2);
  expect(err).toContain('--bn-epsilon');
});

it('a job trains with the ε that it states, or the command line in its place', async () => {
  const jobs = await smallFolder();
  const job = path.join(jobs, 'a.acnet.json');
  writeFileSync(
    path.join(jobs, 'net.safetensors'),
    weightsFile({ ...cifarResnet8(), 'linear.weight': [2, 64], 'linear.bias': [2] }),
  );
  const start = { ...SMALL, checkpoint: 'net.safetensors', data: { ...SMALL.data, size: 8 } };
  const said = { ...start, epochs: 1, layers: 'conv1', bnEpsilon: 1e-2 };
  writeFileSync(job, JSON.stringify(said));
  const epsilonIn = async (argv: readonly string[]): Promise<string | undefined> => {
    const run = await acnet('train', job, '--overwrite', '--json', ...argv);
    expect(run.errors.filter((line) => !line.includes('assumed to be'))).toEqual([]);
    const { outputs } = run.json() as TrainResult;
    return /Batch norm ε +(.*)/.exec((await acnet('inspect', outputs.fused)).out)?.[1];
  };
  expect(await epsilonIn([])).toBe('0.01, as the file says');
  expect(await epsilonIn(['--bn-epsilon', '1e-3'])).toBe('0.001, as the file says');
});
