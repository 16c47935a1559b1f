import { beforeEach, describe, expect, it } from 'vitest';
import type { JobFacts } from '../../../src/contract/results';
import { runJob } from '../../../src/host/commands/run-job';
import { trainingServices } from '../../support/training-services';
import { answers, given, Uri } from '../../support/vscode';

/** Runs a job file of a network whose equal weights are unclear; what the trainer was asked for. */
async function asked(
  facts: Partial<JobFacts>,
  options?: object,
): Promise<Record<string, unknown> | undefined> {
  const { services, requests } = trainingServices({
    facts,
    noteOf: (path, { equalWeights }) => {
      const assumed = { path, network: 'assumed', choice: 'equalWeights' as const, unclear: path };
      return equalWeights.of(path) === undefined ? { kind: 'assumed', assumed } : undefined;
    },
  });
  await runJob.run(services, Uri.file('/m/net.acnet.json'), options);
  return requests[0];
}

const label = (wanted: string) => (offered: readonly unknown[]) =>
  offered.find((row) => row === wanted || (row as { label?: string }).label === wanted);

describe('running a job file that says nothing of equal weights', () => {
  beforeEach(() => {
    given.length = 0;
    answers.next = label('Each layer has its own');
  });
  const questions = (): number => given.filter(([where]) => where === 'showQuickPick.placeHolder').length;

  it('asks what they are, as a new job does, and trains with the answer', async () => {
    expect(await asked({})).toMatchObject({ path: '/m/net.acnet.json', equalWeights: 'separate' });
    expect(questions()).toBe(1);
  });

  it('leaves them to the file where the question is left', async () => {
    answers.next = () => undefined;
    expect(await asked({})).not.toHaveProperty('equalWeights');
    expect(questions()).toBe(1);
  });

  it.each([
    ['a job that says it', { equalWeights: 'shared' as const }, undefined],
    ['a caller by name', {}, { overwrite: true }],
  ])('asks nothing of %s', async (_, facts: Partial<JobFacts>, options) => {
    const request = await asked(facts, options);
    expect(request?.equalWeights).toBe(facts.equalWeights);
    expect(questions()).toBe(0);
  });

  it('asks nothing where a run is continued', async () => {
    answers.next = (offered) =>
      offered.find((row) => row === 'Resume') ?? label('Each layer has its own')(offered);
    expect(await asked({ run: 'unfinished' })).toMatchObject({ resume: true });
    expect(questions()).toBe(0);
  });
});
