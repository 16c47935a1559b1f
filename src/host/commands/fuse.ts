import path from 'node:path';
import type * as vscode from 'vscode';
import { z } from 'zod';
import type { FuseResult } from '../../contract/results';
import { chooseCheckpoint, diskPath } from '../checkpoints/choose';
import { inspectClearly } from '../equal-weights/ask';
import { HostError } from '../errors';
import { askOutput, type Output } from '../checkpoints/ask-output';
import { showPick } from '../ui/quick-pick';
import { runSteps, type StepPosition } from '../ui/steps';
import { announceFile, givenOptions, isTrusted, writing, type CommandServices } from '../services';

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

/** `acnet.fuse`; arguments as of `acnet.convert`. */
export async function fuse(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<FuseResult | undefined> {
  if (!isTrusted('Fusing')) return undefined;
  const uri = await chooseCheckpoint(given, TITLE);
  if (!uri) return undefined;
  const chosen = givenOptions(fuseOptions, options) ?? (await ask(services, uri));
  if (!chosen) return undefined;
  const source = diskPath(uri);
  const plan = { title: `Fusing ${path.basename(source)}`, kind: 'fuse', file: uri.toString() } as const;
  const result = await services.jobs.run(plan, (job) =>
    writing(services, [path.dirname(chosen.output)], () =>
      services.reader.call('fuse', { path: source, ...chosen }, job.callOptions()),
    ),
  );
  if (!result) return undefined;
  services.log.info(`${source}: fused ${result.fused.join(', ')} into ${result.output}`);
  const count = result.fused.length === 1 ? '1 block' : `${result.fused.length} blocks`;
  const message = `Fused ${count} into ${path.basename(chosen.output)}.`;
  announceFile(services, message, source, result);
  return result;
}

async function ask(services: CommandServices, uri: vscode.Uri): Promise<FuseOptions | undefined> {
  const source = diskPath(uri);
  const { sites } = await inspectClearly(services, source);
  if (!sites.some(({ kind }) => kind === 'acb')) {
    throw new HostError(`${path.basename(source)} has no ACB to fuse`);
  }
  const answers = await runSteps<Answers>(
    [
      askForm,
      async (state, position) => {
        const output = await askOutput(source, 'fused', TITLE, position);
        return output === undefined || output === 'back' ? output : { ...state, output };
      },
    ],
    { fold: false },
  );
  if (!answers?.output) return undefined;
  const { fold, output } = answers;
  return { fold, output: output.path, overwrite: output.overwrite };
}

async function askForm(state: Answers, position: StepPosition): Promise<Answers | 'back' | undefined> {
  const items = [
    {
      label: 'Keep batch norms',
      detail: "The original's layers and names: the file loads into your own code as before.",
      fold: false,
    },
    {
      label: 'Fold batch norms',
      detail: 'One convolution with bias for each block, as in the paper.',
      fold: true,
    },
  ];
  const picked = await showPick({
    title: TITLE,
    placeholder: 'What is left of each block?',
    items,
    selected: items.filter(({ fold }) => fold === state.fold),
    many: false,
    position,
  });
  if (picked === undefined || picked === 'back') return picked;
  const [item] = picked;
  return item && { ...state, fold: item.fold };
}
