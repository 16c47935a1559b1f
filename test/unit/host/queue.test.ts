import { describe, expect, it } from 'vitest';
import type { Job, JobPlan } from '../../../src/host/jobs/job';
import { JobQueue } from '../../../src/host/jobs/queue';
import { jobWords } from '../../../src/host/jobs/words';
import { CallCancelled } from '../../../src/host/workers/errors';

const plan = (title: string, more: Partial<JobPlan> = {}): JobPlan => ({
  title,
  kind: 'convert',
  file: `file:///${title}.keras`,
  ...more,
});

/** A job whose end the test decides; one that is cancelled ends as a call of a worker does. */
function makeWork() {
  const begun: Job[] = [];
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const ended = new Promise<string>((ok, failed) => {
    resolve = ok;
    reject = failed;
  });
  const work = (job: Job): Promise<string> => {
    begun.push(job);
    job.signal.addEventListener('abort', () => reject(new CallCancelled()));
    return ended;
  };
  return { begun, work, finish: (value: string) => resolve(value), fail: (error: Error) => reject(error) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

describe('the queue of jobs', () => {
  it('runs one at a time, in order, whatever became of the one before', async () => {
    const queue = new JobQueue();
    const works = [makeWork(), makeWork(), makeWork()];
    const results = works.map(({ work }, i) => failureOf(queue.run(plan(`${i}`), work)));
    await turn();
    const states = (): boolean[] => queue.jobs.map(({ state }) => state.queued ?? false);
    expect(works.map(({ begun }) => begun.length)).toEqual([1, 0, 0]);
    expect(states()).toEqual([false, true, true]);
    works[0]?.fail(new Error('it broke'));
    expect(await results[0]).toMatchObject({ message: 'it broke' });
    await turn();
    expect(works.map(({ begun }) => begun.length)).toEqual([1, 1, 0]);
    works[1]?.finish('done');
    expect(await results[1]).toBe('it succeeded');
    await turn();
    expect(states()).toEqual([false]);
    works[2]?.finish('done');
    await results[2];
    expect(queue.jobs).toEqual([]);
  });

  it('lets a waiting job be taken out, and nobody jump its place', async () => {
    const queue = new JobQueue();
    const [first, second, third] = [makeWork(), makeWork(), makeWork()];
    const running = queue.run(plan('first'), first.work);
    const waiting = failureOf(queue.run(plan('second'), second.work));
    const last = queue.run(plan('third'), third.work);
    await turn();
    queue.jobs[1]?.cancel();
    expect(await waiting).toBeInstanceOf(CallCancelled);
    await turn();
    expect([second.begun.length, third.begun.length]).toEqual([0, 0]);
    first.finish('1');
    expect(await running).toBe('1');
    await turn();
    expect(third.begun).toHaveLength(1);
    third.finish('3');
    expect(await last).toBe('3');
    expect(second.begun).toEqual([]);
  });

  it('asks the running job to stop, which then still ends by itself', async () => {
    const queue = new JobQueue();
    let end: () => void = () => undefined;
    const result = queue.run(plan('stubborn'), () => new Promise<void>((resolve) => (end = resolve)));
    await turn();
    const [job] = queue.jobs;
    job?.cancel();
    job?.cancel();
    await turn();
    expect(job?.state).toMatchObject({ stopping: true });
    expect(job && jobWords(job)).toBe('stopping…');
    expect(queue.jobs).toHaveLength(1);
    end();
    await result;
    expect(queue.jobs).toEqual([]);
  });

  it('tells every change, the end last and with the job gone', async () => {
    const queue = new JobQueue();
    const told: string[] = [];
    queue.onChange((job) => {
      const { queued = false, progress } = job.state;
      told.push(job.hasEnded ? `ended, ${queue.jobs.length} left` : `${queued} ${progress?.done ?? '-'}`);
    });
    await queue.run(plan('a'), (job) => {
      const progress = { phase: 'reading', done: 1, total: 2 };
      job.callOptions().onNotice?.({ kind: 'progress', progress });
      return Promise.resolve();
    });
    expect(told).toEqual(['true -', 'false -', 'false 1', 'ended, 0 left']);
  });

  it('pauses what can be paused', async () => {
    const queue = new JobQueue();
    await queue.run(plan('fixed'), (job) => {
      job.setPaused(true);
      expect(job.state.paused).toBeUndefined();
      return Promise.resolve();
    });
    await queue.run(plan('training', { pausable: true }), (job) => {
      job.setPaused(true);
      const { pausing } = job.callOptions();
      const heard: boolean[] = [];
      const listening = pausing?.onChange(() => heard.push(pausing.isPaused()));
      expect(pausing?.isPaused()).toBe(true);
      job.setPaused(false);
      job.setPaused(false);
      listening?.dispose();
      job.setPaused(true);
      expect(heard).toEqual([false]);
      expect(job.state.paused).toBe(true);
      return Promise.resolve();
    });
  });

  it('ends everything when it is disposed, and takes nothing more', async () => {
    const queue = new JobQueue();
    const works = [makeWork(), makeWork()];
    const results = works.map(({ work }, i) => failureOf(queue.run(plan(`${i}`), work)));
    await turn();
    queue.dispose();
    for (const error of await Promise.all(results)) expect(error).toBeInstanceOf(CallCancelled);
    expect(works[1]?.begun).toEqual([]);
    const late = makeWork();
    expect(await failureOf(queue.run(plan('late'), late.work))).toBeInstanceOf(CallCancelled);
    expect(late.begun).toEqual([]);
  });
});

describe('what is said of a job', () => {
  it('has phase, share, rate and time left, as far as they are known', async () => {
    const queue = new JobQueue();
    const said: string[] = [];
    queue.onChange((job) => said.push(jobWords(job)));
    await queue.run(plan('a', { pausable: true }), (job) => {
      const tell = (progress: object): void =>
        job.callOptions().onNotice?.({
          kind: 'progress',
          progress: { phase: 'acnet: training', done: 21, total: 50, ...progress },
        });
      tell({});
      tell({ secondsLeft: 12.3, perSecond: 1234.5 });
      tell({ secondsLeft: 700, perSecond: 0.123 });
      job.setPaused(true);
      tell({ total: 0, secondsLeft: 9000 });
      return Promise.resolve();
    });
    expect(said).toEqual([
      'waits',
      '',
      'acnet: training · 42 %',
      'acnet: training · 42 % · 1,235/s · 13 s left',
      'acnet: training · 42 % · 0.12/s · 12 min left',
      'paused · acnet: training · 42 % · 0.12/s · 12 min left',
      'paused · acnet: training',
      'paused · acnet: training',
    ]);
  });

  it('names what a waiting one waits for', async () => {
    const queue = new JobQueue();
    const works = [makeWork(), makeWork()];
    const results = works.map(({ work }, i) => queue.run(plan(`job ${i}`), work));
    await turn();
    const [first, second] = queue.jobs;
    expect(second && jobWords(second, first)).toBe('waits for “job 0”');
    works.forEach(({ finish }) => finish(''));
    await Promise.all(results);
  });
});
