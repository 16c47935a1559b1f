import type { TrainDoubt } from '../../contract/results';
import { doubtText } from '../../shared/doubt-words';
import { createFormat } from '../../shared/format';
import type { Job } from '../jobs/job';
import { notify } from '../ui/window';

const CONTINUE = 'Train Anyway';

/**
 * Asks whether a network is trained that is no better than its most frequent class. The job is paused meanwhile, with no
 * weight changed. Without a yes it stops, also where the question cannot be shown: nobody would end that pause.
 */
export async function askDoubt(
  job: Pick<Job, 'setPaused' | 'cancel' | 'plan'>,
  doubt: TrainDoubt,
): Promise<void> {
  job.setPaused(true);
  const detail = doubtText(doubt, createFormat('en'));
  let answer: typeof CONTINUE | undefined;
  try {
    answer = await notify('warning', `${job.plan.title}: train this network?`, [CONTINUE], { detail });
  } finally {
    if (answer === CONTINUE) job.setPaused(false);
    else job.cancel();
  }
}
