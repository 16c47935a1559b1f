import type { showPick } from '../ui/quick-pick';
import { runSteps, type Step, type StepPosition } from '../ui/steps';
import { IMAGENET, parseNumbers, parseSize, type Said } from './words';

/** What asks: VS Code's pick and its box for text. */
export interface Asking {
  readonly pick: typeof showPick;
  readonly type: (options: {
    readonly title: string;
    readonly prompt: string;
    readonly value?: string;
    readonly ignoreFocusOut: boolean;
    readonly validateInput: (text: string) => string | undefined;
  }) => PromiseLike<string | undefined>;
}

/** The network that images are made ready for. */
export interface Input {
  /** Whether it leaves height and width open. */
  readonly isOpen: boolean;
  readonly channels: number;
}

interface Answers {
  readonly size?: number | undefined;
  /** What becomes of the pixels; empty by default. */
  readonly values: Said;
}

const TITLE = 'Preprocessing';
const SIZE = 224;

/**
 * Asks for what of the preprocessing the network does not say itself.
 * @param first said before
 * @returns undefined when the user gave up
 */
export async function askPreprocessing(asking: Asking, input: Input, first: Said): Promise<Said | undefined> {
  const askSize: Step<Answers> = async ({ size }) => {
    const typed = await asking.type({
      ...{ title: TITLE, prompt: 'Side of the square images, in pixels', ignoreFocusOut: true },
      value: String(size ?? SIZE),
      validateInput: (text) => (parseSize(text) === undefined ? 'A whole number of pixels' : undefined),
    });
    return typed === undefined ? undefined : { size: parseSize(typed) };
  };
  const askPixels: Step<Answers> = (_state, position) => askValues(asking, input, position);
  const steps = input.isOpen ? [askSize, askPixels] : [askPixels];
  const answers = await runSteps(steps, { size: first.size, values: {} });
  return answers && { ...(answers.size !== undefined && { size: answers.size }), ...answers.values };
}

async function askValues(
  asking: Asking,
  { channels }: Input,
  position: StepPosition,
): Promise<Pick<Answers, 'values'> | 'back' | undefined> {
  const items = [
    { label: 'By default', detail: 'As a job file of the checkpoint says, else × 1/255', said: {} },
    { label: 'From 0 to 1', description: '× 1/255', said: { scale: 1 / 255 } },
    { label: 'From 0 to 255', description: '× 1', detail: 'Pixels as they are', said: { scale: 1 } },
    ...(channels === 3
      ? [{ label: 'ImageNet', description: '× 1/255, − mean, ÷ std of ImageNet', said: IMAGENET }]
      : []),
    { icon: 'edit', label: 'Own mean and std…', description: '× 1/255, − mean, ÷ std' },
  ];
  const placeholder = 'What becomes of the pixels?';
  for (;;) {
    const options = { title: TITLE, placeholder, items, selected: items.slice(0, 1), many: false, position };
    const picked = await asking.pick(options);
    if (picked === undefined || picked === 'back') return picked;
    const values: Said | undefined = picked[0]?.said ?? (await typeValues(asking, channels));
    // A box that was closed leads back to this question.
    if (values) return { values };
  }
}

async function typeValues(asking: Asking, channels: number): Promise<Said | undefined> {
  const numbers = async (prompt: string, isAllowed: (value: number) => boolean, wrong: string) => {
    const text = await asking.type({
      ...{ title: TITLE, prompt, ignoreFocusOut: true },
      validateInput: (typed) => (parseNumbers(typed, channels, isAllowed) ? undefined : wrong),
    });
    return text === undefined ? undefined : parseNumbers(text, channels, isAllowed);
  };
  const count = channels === 1 ? 'One number' : `One number, or ${channels} with commas between`;
  const mean = await numbers('Mean, of pixels from 0 to 1', () => true, count);
  const std = mean && (await numbers('Standard deviation', (value) => value > 0, `${count}, above 0`));
  return std && { scale: 1 / 255, mean, std };
}
