import { chooseCheckpoint } from '../checkpoints/choose';
import type { Command } from '../kit/command';
import { forgetAll } from '../memory/answers';
import { notify } from '../ui/window';

/** Takes back what was answered for a file, so that it is asked again. Answers with what there was, in words. */
export const forgetAnswers: Command<readonly string[]> = {
  id: 'forgetAnswers',
  title: 'Forget Answers for This File',
  menus: { inspector: { group: '2_acnet' } },
  async run({ memory, log }, given) {
    const target = await chooseCheckpoint(given, 'Forget Answers for This File');
    if (!target) return undefined;
    const forgotten = forgetAll(memory, target.path);
    const message =
      forgotten.length === 0
        ? `No answers are remembered for ${target.name}.`
        : `Answers for ${target.name} are forgotten: ${forgotten.join(', ')}. You are asked again when they are needed.`;
    log.info(message);
    void notify('info', message);
    return forgotten;
  },
};
