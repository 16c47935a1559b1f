import { describe, expect, it } from 'vitest';
import { preprocessingFor } from '../../../src/host/preprocessing/of-job';
import type { JobFacts } from '../../../src/contract/results';

const facts = (change: Partial<JobFacts>): JobFacts => ({
  ...{ checkpoint: '/m/net.keras', data: '/images', epochs: 1, baseline: true, statistics: 'batch' },
  ...{ outputs: '/m/net.acnet', folder: '/m/net.acnet', run: 'finished', preprocessing: {} },
  outside: { folders: [], existing: [] },
  ...change,
});

function asked(jobs: Readonly<Record<string, JobFacts>>, checkpoint: string) {
  const call = (_name: string, { path }: { path: string }) =>
    path in jobs ? Promise.resolve(jobs[path]) : Promise.reject(new Error('unreadable'));
  const services = { reader: { call } } as unknown as Parameters<typeof preprocessingFor>[0];
  return preprocessingFor(services, checkpoint, (file) => file in jobs || file === '/m/net-2.acnet.json');
}

describe('how images are made ready for a check', () => {
  const preprocessing = { scale: 1 / 255, mean: [0.5], std: [0.25] };

  it('is what the checkpoint’s own job says', async () => {
    const jobs = { '/m/net.acnet.json': facts({ preprocessing }) };
    expect(await asked(jobs, '/m/net.keras')).toEqual({ jobFile: '/m/net.acnet.json', preprocessing });
  });

  it('is what the job says whose run a file came out of', async () => {
    const jobs = { '/m/net.acnet.json': facts({ preprocessing }) };
    const found = await asked(jobs, '/m/net.acnet/net.fused.keras');
    expect(found?.preprocessing).toEqual(preprocessing);
  });

  it('is not said by a job of another checkpoint, nor by one that says nothing', async () => {
    const other = { '/m/net.acnet.json': facts({ checkpoint: '/m/other.keras', preprocessing }) };
    expect(await asked(other, '/m/net.keras')).toBeUndefined();
    const silent = { '/m/net.acnet.json': facts({ preprocessing: { size: undefined } }) };
    expect(await asked(silent, '/m/net.keras')).toBeUndefined();
    expect(await asked({}, '/m/net.keras')).toBeUndefined();
  });
});
