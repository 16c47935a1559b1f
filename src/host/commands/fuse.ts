import path from 'node:path';
import { z } from 'zod';
import type { FuseResult } from '../../contract/results';
import type { Target } from '../checkpoints/target';
import { inspectClearly } from '../reading/ask';
import { HostError } from '../errors';
import { outputStep, type Output } from '../checkpoints/ask-output';
import { choiceStep } from '../ui/quick-pick';
import { runSteps } from '../ui/steps';
import { announceWritten } from '../kit/announce';
import type { Command } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import { writing } from '../kit/writing';
import type { CommandServices } from '../services';
import { counted } from '../../shared/numbers';
import { verifyWritten } from './verify';

const TITLE = 'Fuse ACNet';

/** For callers by name: nothing is asked. */
const fuseOptions = z.strictObject({
  output: z.string().min(1),
  fold: z.boolean().default(false),
  overwrite: z.boolean().default(false),
});
type FuseOptions = z.infer<typeof fuseOptions>;

interface Answers {
  readonly fold: boolean;
  readonly output?: Output;
}

/** Writes a checkpoint whose blocks are plain convolutions again. */
export const fuse: Command<FuseResult> = {
  id: 'fuse',
  title: 'Fuse…',
  icon: 'git-merge',
  needsTrust: 'Fusing',
  menus: {
    explorer: 'checkpoint',
    inspector: { group: 'navigation', when: 'canFuse' },
    row: { group: 'inline', of: 'acnet' },
  },
  fromPage: { fuse: ({ run }) => run() },
  run: onCheckpoint({ asks: TITLE, options: fuseOptions, ask, run }),
};

async function run(
  services: CommandServices,
  target: Target,
  options: FuseOptions,
): Promise<FuseResult | undefined> {
  const plan = { title: `Fusing ${target.name}`, kind: 'fuse', file: target.key } as const;
  const result = await services.jobs.run(plan, (job) =>
    writing(services, [path.dirname(options.output)], () =>
      services.reader.call('fuse', { path: target.path, ...options }, job.callOptions()),
    ),
  );
  if (!result) return undefined;
  services.log.info(`${target.path}: fused ${result.fused.join(', ')} into ${result.output}`);
  const message = `Fused ${counted(result.fused.length, 'block')} into ${path.basename(options.output)}.`;
  announceWritten(services, message, result, verifyWritten(target, result));
  return result;
}

async function ask(services: CommandServices, target: Target): Promise<FuseOptions | undefined> {
  const { sites } = await inspectClearly(services, target.path);
  if (!sites.some(({ kind }) => kind === 'acb')) {
    throw new HostError(`${target.name} has no ACB to fuse`);
  }
  const answers = await runSteps<Answers>([askForm, outputStep(target.path, 'fused', TITLE)], {
    fold: false,
  });
  if (!answers?.output) return undefined;
  const { fold, output } = answers;
  return { fold, output: output.path, overwrite: output.overwrite };
}

const askForm = choiceStep<Answers>(TITLE, 'What is left of each block?', [
  {
    label: 'Keep batch norms',
    detail: "The original's layers and names: the file loads into your own code as before.",
    answer: { fold: false },
  },
  {
    label: 'Fold batch norms',
    detail: 'One convolution with bias for each block, as in the paper.',
    answer: { fold: true },
  },
]);
