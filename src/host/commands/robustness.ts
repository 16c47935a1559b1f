import { z } from 'zod';
import type { RobustnessResult, RobustnessRow } from '../../contract/results';
import type { RobustnessState } from '../../contract/operations/robustness';
import { askCheckpoint } from '../checkpoints/ask-second';
import type { Target } from '../checkpoints/target';
import { checkCommand } from '../checks/check-command';
import type { Gathering } from '../checks/check-run';
import type { Memories } from '../memory/answers';
import { isTrusted } from '../kit/trust';
import type { CommandServices } from '../services';
import { ONLY_STEP, type StepPosition } from '../ui/steps';

const TITLE = 'Robustness Check';
const NONE = 'No second checkpoint';

const robustnessOptions = z.strictObject({
  /** Folder of images; asked for when absent and none was used on the file before. */
  data: z.string().min(1).optional(),
  /** Path of a second checkpoint. */
  against: z.string().min(1).optional(),
  limit: z.int().min(1).optional(),
});

/** Accuracy on rotated and mirrored images. */
export const robustness = checkCommand({
  id: 'robustness',
  title: 'Robustness Check…',
  icon: 'sync',
  menus: { explorer: 'checkpoint', inspector: { group: '1_acnet', when: 'canRun' } },
  fromPage: {
    robustness: ({ services, uri, run }, options) => {
      const { lastData, lastAgainst } = services.states.get(uri.toString());
      run({ data: lastData, against: lastAgainst, ...options });
    },
    chooseAgainst: ({ services, part }) => part((target) => chooseAgainst(services, target)),
  },
  name: 'Robustness check',
  kind: 'robustness',
  fact: 'robustness',
  options: robustnessOptions,
  steps: (target) => [
    async (state, position) => {
      const answer = await askAgainst(target, position);
      return answer === undefined || answer === 'back' ? answer : { ...state, against: answer.file };
    },
  ],
  others: ({ against }) => (against === undefined ? [] : [against]),
  remember: ({ memory }, { path }, { against }) => rememberAgainst(memory, path, against),
  gather: (data, { against, limit }) => rowsOf({ data, against, limit }),
  measure: ({ trainer }, request, { data: _data, ...options }, call) =>
    trainer.call('robustness', { ...request, ...options }, call),
  agreement: "agreement with the network's own answers",
});

/** Gathers the rows of a robustness check. @param asked what it was asked for */
export function rowsOf<Asked extends Pick<RobustnessState, 'data' | 'against' | 'limit'>>(
  asked: Asked,
): Gathering<RobustnessResult, Asked & Pick<RobustnessState, 'rows'>> {
  const told: RobustnessRow[] = [];
  return {
    note: (notice) => void (notice.kind === 'row' && told.push(notice.row)),
    shown: (result) => ({ ...asked, rows: result?.rows ?? [...told] }),
  };
}

/** Asks which checkpoint the next check of a file compares it with, or that there is none. */
async function chooseAgainst({ memory }: CommandServices, target: Target): Promise<void> {
  if (!isTrusted('The robustness check')) return;
  const answer = await askAgainst(target, ONLY_STEP);
  if (answer === undefined || answer === 'back') return;
  rememberAgainst(memory, target.path, answer.file);
}

function rememberAgainst({ against }: Memories, file: string, other: string | undefined): void {
  if (other === undefined) against.forget(file);
  else against.remember(file, other);
}

function askAgainst({ path: source, name }: Target, position: StepPosition) {
  const placeholder = `Which checkpoint is ${name} compared with, on the same images?`;
  return askCheckpoint({ title: TITLE, placeholder, source, position, none: NONE });
}
