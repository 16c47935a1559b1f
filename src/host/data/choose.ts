import type { Target } from '../checkpoints/target';
import { isTrusted } from '../kit/trust';
import type { CommandServices } from '../services';
import { preprocessingAside } from '../preprocessing/choose';
import { ONLY_STEP } from '../ui/steps';
import { askData } from './ask';

/** Asks for images and remembers them for the checks of a file. */
export async function chooseData(services: CommandServices, target: Target): Promise<void> {
  if (!isTrusted('Working on images')) return;
  const aside = preprocessingAside(services, target);
  const answer = await askData('Choose Images', knownData(services, target), ONLY_STEP, aside);
  if (answer !== undefined && answer !== 'back') services.memory.data.remember(target.path, answer.data);
}

/** The images last used on a file, asked for when there are none; undefined when the question was closed. */
export async function dataFor(services: CommandServices, target: Target): Promise<string | undefined> {
  const known = services.memory.data.of(target.path);
  if (known !== undefined) return known;
  await chooseData(services, target);
  return services.memory.data.of(target.path);
}

/** Images used before, those of the file first. */
export function knownData({ memory: { data } }: CommandServices, { path }: Target): readonly string[] {
  const own = data.of(path);
  return own === undefined ? data.recent : [own, ...data.recent];
}
