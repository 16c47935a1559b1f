import path from 'node:path';
import type { OnImages } from '../data/choose';
import { askFile, type Output } from '../checkpoints/ask-output';
import { choiceStep, showPick, type Choice } from '../ui/quick-pick';
import { runSteps, type Step, type StepPosition } from '../ui/steps';
import { suggestJobFile } from './job-file';
import { counted } from '../../shared/numbers';
import { askText, type PickItem } from '../ui/window';
import type { Frozen, Statistics } from '../../shared/choices';
import { capitalised, enumerated } from '../../shared/words';

/** What is asked before a training; a job file of the checkpoint gives the answers to begin with. */
export interface Answers extends OnImages {
  readonly epochs: number;
  readonly statistics: Statistics;
  readonly baseline: boolean;
  /** Asked where the file has frozen layers. */
  readonly frozen?: Frozen;
  /** The job file. */
  readonly output?: Output;
}

/** Answers to begin with where there is no earlier job. */
export const FIRST_ANSWERS: Answers = { epochs: 10, statistics: 'batch', baseline: true };

/** What the questions are about. */
interface Subject {
  readonly title: string;
  readonly checkpoint: string;
  /** Asks for the images. */
  readonly images: Step<Answers>;
  readonly exists: (file: string) => boolean;
  /** Which convolutions become blocks, in words. */
  readonly sites: (answers: Answers) => string;
  /** Names of the layers that are frozen in the file. */
  readonly frozen: readonly string[];
  /** What training leaves out of the file's layers, a sentence each. */
  readonly leftOut: readonly string[];
}

/** Asks what a job needs, with the way back. @returns undefined when the user gave up */
export function askJob(subject: Subject, first: Answers): Promise<Answers | undefined> {
  const { title, frozen, leftOut } = subject;
  const steps: ReadonlyArray<Step<Answers>> = [
    subject.images,
    ...(leftOut.length > 0 ? [choiceStep<Answers>(title, 'Layers left out', [withoutThem(leftOut)])] : []),
    ...(frozen.length > 0 ? [choiceStep(title, 'Frozen layers', frozenChoices(frozen))] : []),
    ({ epochs }, position) => askEpochs(title, epochs, position),
    choiceStep(title, 'Batch-norm statistics', STATISTICS),
    choiceStep(title, 'Baseline', BASELINES),
    (answers, position) => askJobFile(subject, answers, position),
  ];
  return runSteps(steps, first);
}

async function askEpochs(
  title: string,
  before: number,
  position: StepPosition,
): Promise<Pick<Answers, 'epochs'> | 'back' | undefined> {
  const usual = [2, 5, 10, 30, 100];
  const counts = usual.includes(before) ? usual : [before, ...usual];
  const notes: Readonly<Record<number, string>> = { 2: 'a first look', 10: 'usual for fine-tuning' };
  const items: Array<PickItem & { readonly epochs?: number }> = [
    ...counts.map((epochs) => ({ label: counted(epochs, 'epoch'), description: notes[epochs], epochs })),
    { icon: 'edit', label: 'Another number…' },
  ];
  const selected = items.filter(({ epochs }) => epochs === before);
  const placeholder = 'Epochs';
  for (;;) {
    const picked = await showPick({ title, placeholder, items, selected, many: false, position });
    if (picked === undefined || picked === 'back') return picked;
    const epochs = picked[0]?.epochs ?? (await typeEpochs(title));
    if (epochs !== undefined) return { epochs };
  }
}

async function typeEpochs(title: string): Promise<number | undefined> {
  const isCount = (text: string): boolean => /^[1-9]\d{0,4}$/.test(text.trim());
  const text = await askText({
    title,
    prompt: 'Epochs',
    ignoreFocusOut: true,
    validateInput: (typed) => (isCount(typed) ? undefined : 'A whole number from 1 to 99,999'),
  });
  return text === undefined ? undefined : Number(text);
}

const STATISTICS: ReadonlyArray<Choice<Answers>> = [
  {
    label: 'Batch statistics',
    description: 'as in the paper',
    detail: 'Each branch normalises by the batch while training.',
    answer: { statistics: 'batch' },
  },
  {
    label: 'Frozen statistics',
    description: 'about twice as fast',
    detail: 'Batch norms keep the statistics they have; a block costs one convolution a step.',
    answer: { statistics: 'frozen' },
  },
];

function frozenChoices(layers: readonly string[]): ReadonlyArray<Choice<Answers>> {
  const names = enumerated(layers);
  return [
    {
      label: 'Keep them frozen',
      description: counted(layers.length, 'frozen layer'),
      detail: `Their weights and statistics do not change, and their convolutions become no blocks: ${names}`,
      answer: { frozen: 'keep' },
    },
    {
      label: 'Train them too',
      description: 'as if no layer were frozen',
      detail: `Their convolutions become blocks like all others: ${names}`,
      answer: { frozen: 'train' },
    },
  ];
}

/** Nothing is chosen: who needs what is left out stops here. */
function withoutThem(leftOut: readonly string[]): Choice<Answers> {
  return { label: 'Train without them', detail: capitalised(leftOut.join('. ')), answer: {} };
}

const BASELINES: ReadonlyArray<Choice<Answers>> = [
  {
    label: 'Train the baseline too',
    description: 'ACNet minus baseline is the gain of the blocks',
    detail: 'The network without blocks, with the same images, order, seed and recipe.',
    answer: { baseline: true },
  },
  {
    label: 'ACNet only',
    description: 'half the time',
    detail: 'The baseline is evaluated, not trained: part of a gain comes from more training.',
    answer: { baseline: false },
  },
];

function askJobFile({ title, checkpoint, exists, sites }: Subject, answers: Answers, position: StepPosition) {
  const names = suggestJobFile(checkpoint, exists);
  const target = {
    ...names,
    title,
    filters: { 'ACNet job': ['acnet.json'] },
    placeholder: `${sites(answers)}. Where to save this job? Results go into the folder ${path.basename(names.free, '.json')}`,
  };
  return askFile(target, position);
}
