import path from 'node:path';
import type { InspectResult } from '../../contract/results';
import type { Notice } from '../../contract/wire';
import type { EqualWeights } from '../../contract/calls';
import { notify, pickOne, type PickItem } from '../ui/window';
import type { WorkerClient } from '../workers/client';
import type { Memory } from '../memory/memory';

interface Services {
  readonly reader: Pick<WorkerClient<'reader'>, 'call'>;
  readonly memory: { readonly equalWeights: EqualWeightsMemory };
}

type EqualWeightsMemory = Memory<EqualWeights>;

type Choice = PickItem & { readonly means: EqualWeights };

const CHOICES: readonly [Choice, Choice] = [
  {
    label: 'Each layer has its own',
    detail:
      'They were equal when the model was exported, as in a new network. Training changes each by itself.',
    means: 'separate',
  },
  {
    label: 'The layers share them',
    detail: 'One set of weights that several layers use. It stays one.',
    means: 'shared',
  },
];

const WHY =
  'The exporter wrote equal weights once; the file does not show whether they are one layer’s or several layers’.';

/** The file of whose equal weights a person can say what they are, where a call has told of one. */
export function unclearIn(notice: Notice): string | undefined {
  return notice.kind === 'assumed' ? notice.assumed.unclear : undefined;
}

/**
 * Reads a file for a command that asks the user: where it does not show whose its equal weights are, that is asked first,
 * once. Unanswered, it is as it was assumed.
 * @throws as the call does
 */
export async function inspectClearly({ reader, memory }: Services, file: string): Promise<InspectResult> {
  const unclear = new Set<string>();
  const onNotice = (notice: Notice): void => {
    const found = unclearIn(notice);
    if (found !== undefined) unclear.add(found);
  };
  const result = await reader.call('inspect', { path: file }, { onNotice });
  let isAnswered = false;
  for (const each of unclear) isAnswered = (await pick(memory.equalWeights, each)) || isAnswered;
  return isAnswered ? reader.call('inspect', { path: file }) : result;
}

/** The same for what reads the files itself. What is wrong with one is reported there. */
export async function askUnclear(services: Services, files: readonly string[]): Promise<void> {
  for (const file of files) await inspectClearly(services, file).catch(() => undefined);
}

async function pick(memory: EqualWeightsMemory, file: string): Promise<boolean> {
  if (!memory.isToBeAsked(file, 'pick')) return false;
  const options = {
    title: `Equal Weights of ${path.basename(file)}`,
    placeHolder: WHY,
    ignoreFocusOut: true,
  };
  const chosen = await pickOne(CHOICES, options);
  if (chosen) memory.remember(file, chosen.means);
  return chosen !== undefined;
}

/** Asks beside the page that shows a file; nothing waits for the answer. */
export async function offerEqualWeights(memory: EqualWeightsMemory, file: string): Promise<void> {
  if (!memory.isToBeAsked(file, 'notification')) return;
  const labels = CHOICES.map(({ label }) => label);
  const pressed = await notify('info', `${path.basename(file)}: ${WHY}`, labels);
  const chosen = CHOICES.find(({ label }) => label === pressed);
  if (chosen) memory.remember(file, chosen.means);
}
