import path from 'node:path';
import type { InspectResult } from '../../contract/results';
import type { Notice } from '../../contract/wire';
import { notify, pickOne } from '../ui/window';
import type { WorkerClient } from '../workers/client';
import { QUESTIONS, type Said, type Stated } from './questions';
import type { ReadingMemories } from './said';

interface Services {
  readonly reader: Pick<WorkerClient<'reader'>, 'call'>;
  readonly memory: ReadingMemories;
}

/** What a file leaves open. */
export interface Unclear {
  readonly file: string;
  readonly stated: Stated;
}

/** What a person can state of a file, where a call has told that it was assumed. */
export function unclearIn(notice: Notice): Unclear | undefined {
  if (notice.kind !== 'assumed') return undefined;
  const { unclear: file, choice: stated } = notice.assumed;
  return file === undefined || stated === undefined ? undefined : { file, stated };
}

/**
 * Reads a file for a command that asks the user: what it leaves open is asked first, once. Unanswered, it is as it was
 * assumed.
 * @throws as the call does
 */
export async function inspectClearly({ reader, memory }: Services, file: string): Promise<InspectResult> {
  const found = new Map<string, Unclear>();
  const onNotice = (notice: Notice): void => {
    const unclear = unclearIn(notice);
    if (unclear) found.set(`${unclear.stated} ${unclear.file}`, unclear);
  };
  const result = await reader.call('inspect', { path: file }, { onNotice });
  let isAnswered = false;
  for (const unclear of found.values()) isAnswered = (await pick(memory, unclear)) || isAnswered;
  return isAnswered ? reader.call('inspect', { path: file }) : result;
}

/** The same for what reads the files itself. What is wrong with one is reported there. */
export async function askUnclear(services: Services, files: readonly string[]): Promise<void> {
  for (const file of files) await inspectClearly(services, file).catch(() => undefined);
}

async function pick(memory: ReadingMemories, { file, stated }: Unclear): Promise<boolean> {
  if (!memory[stated].isToBeAsked(file, 'pick')) return false;
  const { about, why, choices } = QUESTIONS[stated];
  const options = {
    title: `${about} of ${path.basename(file)}`,
    placeHolder: why,
    ignoreFocusOut: true,
  };
  return keep(memory, file, stated, (await pickOne<(typeof choices)[number]>(choices, options))?.label);
}

/** Asks beside the page that shows a file; nothing waits for the answer. */
export async function offerChoice(memory: ReadingMemories, { file, stated }: Unclear): Promise<void> {
  if (!memory[stated].isToBeAsked(file, 'notification')) return;
  const { why, choices } = QUESTIONS[stated];
  const labels = choices.map(({ label }) => label);
  await keep(memory, file, stated, await notify('info', `${path.basename(file)}: ${why}`, labels));
}

/** @returns whether something was stated */
async function keep<K extends Stated>(
  memory: ReadingMemories,
  file: string,
  stated: K,
  label: string | undefined,
): Promise<boolean> {
  const means = QUESTIONS[stated].choices.find((choice) => choice.label === label)?.means;
  const said: Said<K> | undefined = typeof means === 'function' ? await means() : means;
  if (said === undefined) return false;
  memory[stated].remember(file, said);
  return true;
}
