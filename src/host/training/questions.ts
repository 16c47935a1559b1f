import path from 'node:path';
import { askData } from '../data/ask';
import { askFile, type Output } from '../checkpoints/ask-output';
import type { Aside } from '../preprocessing/choose';
import { showPick } from '../ui/quick-pick';
import { runSteps, type Step, type StepPosition } from '../ui/steps';
import { suggestJobFile } from './job-file';
import { counted } from '../../shared/numbers';
import { askText, type PickItem } from '../ui/window';

/** What is asked before a training; a job file of the checkpoint gives the answers to begin with. */
export interface Answers {
  readonly data?: string;
  readonly epochs: number;
  readonly statistics: 'batch' | 'frozen';
  readonly baseline: boolean;
  readonly file?: Output;
}

/** Answers to begin with where there is no earlier job. */
export const FIRST_ANSWERS: Answers = { epochs: 10, statistics: 'batch', baseline: true };

/** What the questions are about. */
interface Subject {
  readonly title: string;
  readonly checkpoint: string;
  /** Images used before, the likeliest first. */
  readonly knownData: readonly string[];
  readonly exists: (file: string) => boolean;
  /** Asked beside the images. */
  readonly aside: Aside;
  /** Which convolutions become blocks, in words. */
  readonly sites: string;
}

/** Asks what a job needs, with the way back. @returns undefined when the user gave up */
export function askJob(subject: Subject, first: Answers): Promise<Answers | undefined> {
  const { title, knownData } = subject;
  const steps: ReadonlyArray<Step<Answers>> = [
    async (state, position) => {
      const known = state.data === undefined ? knownData : [state.data, ...knownData];
      const chosen = await askData(title, known, position, subject.aside);
      return chosen === undefined || chosen === 'back' ? chosen : { ...state, ...chosen };
    },
    (state, position) => askEpochs(title, state, position),
    (state, position) => askStatistics(title, state, position),
    (state, position) => askBaseline(title, state, position),
    async (state, position) => {
      const file = await askJobFile(subject, position);
      return file === undefined || file === 'back' ? file : { ...state, file };
    },
  ];
  return runSteps(steps, first);
}

type Answer = Promise<Answers | 'back' | undefined>;

async function askEpochs(title: string, state: Answers, position: StepPosition): Answer {
  const usual = [2, 5, 10, 30, 100];
  const counts = usual.includes(state.epochs) ? usual : [state.epochs, ...usual];
  const notes: Readonly<Record<number, string>> = { 2: 'a first look', 10: 'usual for fine-tuning' };
  const items: Array<PickItem & { readonly epochs?: number }> = [
    ...counts.map((epochs) => ({ label: counted(epochs, 'epoch'), description: notes[epochs], epochs })),
    { icon: 'edit', label: 'Another number…' },
  ];
  const selected = items.filter(({ epochs }) => epochs === state.epochs);
  const placeholder = 'Epochs';
  for (;;) {
    const picked = await showPick({ title, placeholder, items, selected, many: false, position });
    if (picked === undefined || picked === 'back') return picked;
    const epochs = picked[0]?.epochs ?? (await typeEpochs(title));
    if (epochs !== undefined) return { ...state, epochs };
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

async function askStatistics(title: string, state: Answers, position: StepPosition): Answer {
  const items = [
    {
      label: 'Batch statistics',
      description: 'as in the paper',
      detail: 'Each branch normalises by the batch while training.',
      statistics: 'batch' as const,
    },
    {
      label: 'Frozen statistics',
      description: 'about twice as fast',
      detail: 'Batch norms keep the statistics they have; a block costs one convolution a step.',
      statistics: 'frozen' as const,
    },
  ];
  const selected = items.filter(({ statistics }) => statistics === state.statistics);
  const placeholder = 'Batch-norm statistics';
  const picked = await showPick({ title, placeholder, items, selected, many: false, position });
  if (picked === undefined || picked === 'back') return picked;
  return picked[0] && { ...state, statistics: picked[0].statistics };
}

async function askBaseline(title: string, state: Answers, position: StepPosition): Answer {
  const items = [
    {
      label: 'Train the baseline too',
      description: 'ACNet minus baseline is the gain of the blocks',
      detail: 'The unconverted network, with the same images, order, seed and recipe.',
      baseline: true,
    },
    {
      label: 'ACNet only',
      description: 'half the time',
      detail: 'The unconverted network is evaluated, not trained: part of a gain comes from more training.',
      baseline: false,
    },
  ];
  const selected = items.filter(({ baseline }) => baseline === state.baseline);
  const placeholder = 'Baseline';
  const picked = await showPick({ title, placeholder, items, selected, many: false, position });
  if (picked === undefined || picked === 'back') return picked;
  return picked[0] && { ...state, baseline: picked[0].baseline };
}

function askJobFile({ title, checkpoint, exists, sites }: Subject, position: StepPosition) {
  const names = suggestJobFile(checkpoint, exists);
  const target = {
    ...names,
    title,
    filters: { 'ACNet job': ['acnet.json'] },
    placeholder: `${sites}. Where to save this job? Results go into the folder ${path.basename(names.free, '.json')}`,
  };
  return askFile(target, position);
}
