import type { Target } from '../checkpoints/target';
import { isTrusted } from '../kit/trust';
import type { CommandServices } from '../services';
import { preprocessingAside } from '../preprocessing/choose';
import { ONLY_STEP, type Step } from '../ui/steps';
import { askData } from './ask';

/** Images, a folder or a file; absent until they are asked for. */
export interface OnImages {
  readonly data?: string | undefined;
}

/** The step that asks for the images of a file: those answered before first, then those used before. */
export function imagesStep<S extends OnImages>(
  services: CommandServices,
  target: Target,
  title: string,
): Step<S> {
  const aside = preprocessingAside(services, target);
  return async (state, position) => {
    const known = [...(state.data === undefined ? [] : [state.data]), ...knownData(services, target)];
    const answer = await askData(title, known, position, aside);
    return answer === undefined || answer === 'back' ? answer : { ...state, ...answer };
  };
}

/** Asks for images and remembers them for the checks of a file. */
export async function chooseData(services: CommandServices, target: Target): Promise<void> {
  if (!isTrusted('Working on images')) return;
  const answer = await imagesStep<OnImages>(services, target, 'Choose Images')({}, ONLY_STEP);
  if (answer === undefined || answer === 'back' || answer.data === undefined) return;
  services.memory.data.remember(target.path, answer.data);
}

/** The images last used on a file, asked for when there are none; undefined when the question was closed. */
export async function dataFor(services: CommandServices, target: Target): Promise<string | undefined> {
  const known = services.memory.data.of(target.path);
  if (known !== undefined) return known;
  await chooseData(services, target);
  return services.memory.data.of(target.path);
}

/** Images used before, those of the file first. */
function knownData({ memory: { data } }: CommandServices, { path }: Target): readonly string[] {
  const own = data.of(path);
  return own === undefined ? data.recent : [own, ...data.recent];
}
