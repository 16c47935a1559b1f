import { UnsupportedError } from '../core/errors';
import { headOf } from '../engine/training/head';
import { openCheckpointFile } from '../files/open';
import { breathe, type OperationContext } from './context';
import { requireOneThread } from './determinism';
import { recipeOf, type Job } from './job';
import { backendFor, prepareRun } from './labelled';
import { graphOf, networkFor } from './network';
import type { Arm, ArmProfile, ProfileResult } from './results';
import { preprocessingOptions } from './train';
import { startsOf } from './train-start';

/**
 * Times a training step of each arm that a job trains, and its operators; nothing is trained or written.
 * @throws UserError in one line, as training would; UnsupportedError on a backend that cannot be profiled.
 */
export async function profileJob(job: Job, context: OperationContext): Promise<ProfileResult> {
  if (job.deterministic) await requireOneThread();
  const source = await openCheckpointFile(job.checkpoint);
  try {
    const split = { validation: job.data.validation, seed: job.seed };
    const options = { ...preprocessingOptions(job), data: job.data.folder };
    const { network: plain, preprocessing } = prepareRun(source, options, 'trained', split);
    const starts = startsOf(source, job);
    const backend = await backendFor(context, plain, source.path);
    const { batch, optimiser, labelSmoothing, seed, statistics, precision } = recipeOf(job);
    const arms: ArmProfile[] = [];
    for (const arm of (job.baseline ? ['baseline', 'acnet'] : ['acnet']) satisfies Arm[]) {
      const { checkpoint } = starts[arm];
      const network = networkFor(checkpoint, graphOf(checkpoint, 'trained'), preprocessing);
      const { loss } = headOf(network.graph);
      await breathe(context);
      const shared = { batch, optimiser, labelSmoothing, seed, statistics, precision };
      const profile = backend.profile?.(network, { ...shared, loss });
      if (!profile) throw unsupported(backend.description);
      arms.push({ arm, ...profile });
    }
    return { backend: backend.description, batch, arms };
  } finally {
    source.close();
  }
}

function unsupported(found: string): UnsupportedError {
  return new UnsupportedError('steps can be profiled on TensorFlow only', {
    found,
    allowed: '--backend tensorflow',
  });
}
