import { UnsupportedError } from '../../core/errors';
import type { StepProfile } from '../../engine/backend';
import { headOf } from '../../engine/training/head';
import { trainingOptions } from '../../engine/training/recipe';
import { openCheckpointFile } from '../../files/open';
import { breathe, type OperationContext } from '../kit/context';
import { repeatably } from '../backend/determinism';
import { splitSeed } from '../job/split-seed';
import { recipeOf, type Job } from '../job/job';
import { backendFor, prepareTraining } from '../kit/labelled';
import { Meter } from '../kit/meter';
import { graphOf, networkFor } from '../kit/network';
import type { Arm, ArmProfile, ProfileResult } from '../../contract/results';
import { preprocessingOf } from '../job/file';
import { startsOf } from './start';

/**
 * Times a training step of each arm that a job trains, and its operators; nothing is trained or written.
 * @throws UserError in one line, as training would; UnsupportedError on a backend that cannot be profiled.
 */
export async function profileJob(job: Job, given: OperationContext): Promise<ProfileResult> {
  const context = repeatably(given, job);
  const source = await openCheckpointFile(job.checkpoint, job);
  try {
    const split = { validation: job.data.validation, seed: splitSeed(job) };
    const options = { ...preprocessingOf(job.data), data: job.data.folder };
    const { network: plain, preprocessing } = prepareTraining(source, options, split);
    const starts = startsOf(source, job);
    const backend = await backendFor(context, plain, source.path);
    const recipe = recipeOf(job);
    const arms: ArmProfile[] = [];
    for (const arm of (job.baseline ? ['baseline', 'acnet'] : ['acnet']) satisfies Arm[]) {
      const { checkpoint } = starts[arm];
      const network = networkFor(checkpoint, graphOf(checkpoint, 'trained'), preprocessing);
      const run = backend.profile?.(network, trainingOptions(recipe, headOf(network.graph)));
      if (!run) throw unsupported(backend.description);
      arms.push({ arm, ...(await finish(run, arm, context)) });
    }
    return { backend: backend.description, batch: recipe.batch, arms };
  } finally {
    source.close();
  }
}

/** Runs a profile to its end, with a pause at each operator. @throws CancelledError when stopped. */
async function finish(
  run: Generator<number, StepProfile>,
  arm: Arm,
  context: OperationContext,
): Promise<StepProfile> {
  let meter: Meter | undefined;
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
    if (meter) meter.add(1);
    meter ??= new Meter(context, `${arm}: profile`, value);
    await breathe(context);
  }
}

function unsupported(found: string): UnsupportedError {
  return new UnsupportedError('steps can be profiled on TensorFlow only', {
    found,
    expected: '--backend tensorflow',
  });
}
