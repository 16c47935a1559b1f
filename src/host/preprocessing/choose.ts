import type { Target } from '../checkpoints/target';
import type { CommandServices } from '../services';
import type { Memory } from '../memory/memory';
import { preprocessingFor } from './of-job';
import { showPick } from '../ui/quick-pick';
import { askPreprocessing, type Input } from './ask';
import { describeSaid, inputFacts, joinSaid, type Said } from './words';
import { askText } from '../ui/window';

/** A further answer to a question, which leads back to it. */
export interface Aside {
  readonly icon: string;
  readonly label: string;
  detail(): string;
  run(): Promise<unknown>;
}

/** How images are made ready for a checkpoint: as chosen by the user, else by a job file. */
export async function preprocessingSaid(services: CommandServices, target: Target): Promise<Said> {
  const chosen = services.memory.preprocessing.of(target.path);
  const job = await preprocessingFor(services, target.path);
  const said = joinSaid(chosen, job?.preprocessing);
  const who = job && (chosen?.scale === undefined ? job.jobFile : 'the user');
  if (who !== undefined) services.log.info(`${target.path}: images are made ready as ${who} says`);
  return said;
}

/**
 * Asks for the size of images where the network leaves it open and nobody has said it.
 * @returns false when the user gave up
 */
export async function readyForImages(services: CommandServices, target: Target): Promise<boolean> {
  const input = await inputOf(services, target);
  if (!input?.isOpen || (await preprocessingSaid(services, target)).size !== undefined) return true;
  return choosePreprocessing(services, target, input);
}

/** The answer "Preprocessing…" in a question for images. */
export function preprocessingAside(services: CommandServices, target: Target): Aside {
  return {
    icon: 'settings',
    label: 'Preprocessing…',
    detail: () =>
      describeSaid(services.memory.preprocessing.of(target.path) ?? {}) || 'size, scale, mean, std',
    run: async () => {
      const input = await inputOf(services, target);
      if (input) await choosePreprocessing(services, target, input);
    },
  };
}

async function choosePreprocessing(
  { memory: { preprocessing } }: CommandServices,
  target: Target,
  input: Input,
): Promise<boolean> {
  const asking = { pick: showPick, type: askText };
  const said = await askPreprocessing(asking, input, preprocessing.of(target.path) ?? {});
  if (said) rememberSaid(preprocessing, target.path, said);
  return said !== undefined;
}

/** Nothing said is nothing remembered. */
export function rememberSaid(memory: Memory<Said>, file: string, said: Said): void {
  if (Object.values(said).every((value) => value === undefined)) memory.forget(file);
  else memory.remember(file, said);
}

/** Undefined where the network does not take one image; what is wrong with a file is reported when it is run. */
async function inputOf({ reader }: CommandServices, target: Target): Promise<Input | undefined> {
  const found = await reader.call('inspect', { path: target.path }).catch(() => undefined);
  return found?.inputShapes.length === 1 ? inputFacts(found.inputShapes[0]) : undefined;
}
