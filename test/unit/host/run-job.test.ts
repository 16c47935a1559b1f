import { beforeEach, describe, expect, it } from 'vitest';
import type { JobFacts } from '../../../src/contract/results';
import { runJob } from '../../../src/host/commands/run-job';
import { FileStates } from '../../../src/host/facts/states';
import { openMemories } from '../../../src/host/memory/answers';
import type { CommandServices } from '../../../src/host/services';
import type { CallOptions } from '../../../src/host/workers/client';
import { openLog } from '../../../src/host/ui/window';
import { answers, given, Uri } from '../../support/vscode';

const FACTS: JobFacts = {
  ...{ checkpoint: '/m/net.onnx', data: '/images', epochs: 1, baseline: true, statistics: 'batch' },
  ...{ outputs: '/m/net.acnet', folder: '/m/net.acnet', run: 'none', preprocessing: {} },
  outside: { folders: [], existing: [] },
};

/** Runs a job file of a network whose equal weights are unclear; what the trainer was asked for. */
async function asked(
  facts: Partial<JobFacts>,
  options?: object,
): Promise<Record<string, unknown> | undefined> {
  const memory = openMemories(
    { get: () => undefined, update: () => Promise.resolve() },
    new FileStates(),
    (file) => file,
  );
  let request: Record<string, unknown> | undefined;
  const reader = {
    call: (name: string, { path }: { path: string }, call?: CallOptions) => {
      if (name === 'job') return Promise.resolve({ ...FACTS, ...facts });
      const assumed = { path, network: 'assumed', choice: 'equalWeights' as const, unclear: path };
      if (memory.equalWeights.of(path) === undefined) call?.onNotice?.({ kind: 'assumed', assumed });
      return Promise.resolve({});
    },
  };
  const trainer = {
    call: (_name: string, wanted: Record<string, unknown>) => {
      request = wanted;
      return Promise.resolve(undefined);
    },
  };
  const job = { onChange: () => ({ dispose: () => undefined }), state: {}, callOptions: () => ({}) };
  const jobs = { all: [], run: (_plan: unknown, work: (one: unknown) => unknown) => work(job) };
  const services = { reader, trainer, jobs, memory, states: new FileStates(), runs: new Map() };
  const all = { ...services, log: openLog('ACNet') } as unknown as CommandServices;
  await runJob.run(all, Uri.file('/m/net.acnet.json'), options);
  return request;
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
