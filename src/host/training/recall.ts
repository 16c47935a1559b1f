import { existsSync } from 'node:fs';
import type { Target } from '../checkpoints/target';
import type { CommandServices } from '../services';
import { TrainingRun } from './training-run';
import { jobFilesOf } from './job-file';

/**
 * Shows the last run of a checkpoint that an earlier window left, so that it can be looked at and resumed. Does
 * nothing where this window knows of a run already.
 */
export async function recallRun(services: CommandServices, target: Target): Promise<void> {
  const { states, runs, reader } = services;
  const { key, path: checkpoint } = target;
  const isKnown = (): boolean => states.get(key).training !== undefined;
  if (isKnown()) return;
  for (const jobFile of jobFilesOf(checkpoint, existsSync).reverse()) {
    // A job file that cannot be read says what is wrong when it is run.
    const facts = await reader.call('job', { path: jobFile }).catch(() => undefined);
    if (!facts || facts.checkpoint !== checkpoint || facts.run === 'none') continue;
    const { events, result } = await reader.call('history', { path: jobFile });
    if (isKnown()) return;
    const run = new TrainingRun(jobFile, facts.baseline);
    for (const event of events) run.tell(event);
    run.end(result ? { phase: 'done', result } : { phase: 'stopped', resumable: facts.run === 'unfinished' });
    runs.set(jobFile, run);
    states.update(key, { training: run.state });
    return;
  }
}
