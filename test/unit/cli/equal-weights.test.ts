import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SMALL, smallFolder } from '../../support/jobs';
import { equalWeightsModel } from '../formats/onnx-support';
import { acnet } from './run';

it('train takes equal weights as the command line says, whatever the job says, and remembers it', async () => {
  const folder = await smallFolder();
  const job = path.join(folder, 'a.acnet.json');
  writeFileSync(path.join(folder, 'net.onnx'), equalWeightsModel());
  const said = { ...SMALL, checkpoint: 'net.onnx', epochs: 1, equalWeights: 'shared' };
  writeFileSync(job, JSON.stringify(said));
  const run = await acnet('train', job, '--equal-weights', 'separate', '--json');
  expect([run.code, run.err]).toEqual([0, '']);
  expect((run.json() as { converted: readonly string[] }).converted).toHaveLength(2);
  const kept = readFileSync(path.join(folder, 'a.acnet', 'job.json'), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({ equalWeights: 'separate' });
});

it('what is assumed of equal weights is said with the option that says otherwise', async () => {
  const file = path.join(await smallFolder(), 'net.onnx');
  writeFileSync(file, equalWeightsModel());
  const run = await acnet('inspect', file);
  expect(run.err).toMatch(/equal weights once \(--equal-weights shared or separate says otherwise\)\n$/);
  expect((await acnet('inspect', file, '--equal-weights', 'shared')).err).toBe('');
});
