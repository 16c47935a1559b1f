import type { InspectResult, JobFacts, TrainEvent } from '../../src/contract/results';
import type { Notice } from '../../src/contract/wire';
import { FileStates } from '../../src/host/facts/states';
import { Job } from '../../src/host/jobs/job';
import { openMemories, type Memories } from '../../src/host/memory/answers';
import type { CommandServices } from '../../src/host/services';
import type { CallOptions } from '../../src/host/workers/client';
import { openLog } from '../../src/host/ui/window';

const FACTS: JobFacts = {
  ...{ checkpoint: '/m/net.onnx', data: '/images', epochs: 1, baseline: true, statistics: 'batch' },
  ...{ outputs: '/m/net.acnet', folder: '/m/net.acnet', run: 'none', preprocessing: {} },
  outside: { folders: [], existing: [] },
};

/** What the workers answer. */
interface Workers {
  /** Of every job file. */
  readonly facts?: Partial<JobFacts>;
  /** Of every checkpoint. */
  readonly inspected?: Partial<InspectResult>;
  /** What the reader notes when it inspects one. */
  readonly noteOf?: (file: string, memory: Memories) => Notice | undefined;
  /** What the trainer reports. */
  readonly events?: readonly TrainEvent[];
}

/** What commands that train work with, in place of the workers and the queue of jobs. */
export function trainingServices({ facts, inspected, noteOf, events = [] }: Workers) {
  const states = new FileStates();
  const memory = openMemories(
    { get: () => undefined, update: () => Promise.resolve() },
    states,
    (file) => file,
  );
  /** Requests that the trainer was given, and the jobs that were run. */
  const requests: Array<Record<string, unknown>> = [];
  const jobs: Job[] = [];
  const reader = {
    call: (name: string, { path }: { path: string }, call?: CallOptions) => {
      if (name === 'job') return Promise.resolve({ ...FACTS, ...facts });
      if (name === 'countImages') return Promise.resolve({ training: 64 });
      const notice = noteOf?.(path, memory);
      if (notice) call?.onNotice?.(notice);
      return Promise.resolve(inspected ?? {});
    },
  };
  const trainer = {
    call: (_name: string, request: Record<string, unknown>, call: CallOptions) => {
      requests.push(request);
      for (const event of events) call.onNotice?.({ kind: 'train', event });
      return Promise.resolve(undefined);
    },
  };
  const queue = {
    all: [],
    run: (plan: Job['plan'], work: (job: Job) => unknown) => {
      const job = new Job(jobs.length, plan);
      jobs.push(job);
      return work(job);
    },
  };
  const all = { reader, trainer, jobs: queue, memory, states, runs: new Map(), log: openLog('ACNet') };
  const services = { ...all, tickedIn: () => undefined } as unknown as CommandServices;
  return { services, memory, requests, jobs };
}
