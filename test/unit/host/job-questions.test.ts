import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { fineTune } from '../../../src/host/commands/fine-tune';
import { layersToTrain } from '../../../src/host/training/layers';
import { temporaryFolder } from '../../support/folders';
import { trainingServices } from '../../support/training-services';
import { answers, given, Uri } from '../../support/vscode';

const SITE = { kind: 'plain' as const, eligible: true };
/** One convolution of its own, two of a frozen layer. */
const SITES = [
  { ...SITE, name: 'own', selected: true },
  ...['frozen_a', 'frozen_b'].map((name) => ({ ...SITE, name, selected: false, onlyFrozen: true })),
];

interface Asked {
  readonly frozen?: readonly string[];
  readonly leftOut?: readonly string[];
}

const isOf = (wanted: string) => (row: unknown) => (row as { label?: string }).label === wanted;

/** Answers Fine-Tune's questions: each with the first item, or with these labels. What was asked, and the job that was written. */
async function tuned({ frozen, leftOut }: Asked, wanted: readonly string[] = [], closes?: string) {
  given.length = 0;
  answers.next = (offered) =>
    offered.some(isOf(closes ?? ''))
      ? undefined
      : (offered.find((row) => wanted.some((label) => isOf(label)(row))) ?? offered[0]);
  const folder = temporaryFolder();
  const checkpoint = path.join(folder, 'net.keras');
  const { services, memory, requests } = trainingServices({
    inspected: {
      ...{ hasGraph: true, inputs: ['x'], outputs: ['y'], inputShapes: [[1, 8, 8, 1]], sites: SITES },
      ...(frozen && { frozenLayers: frozen }),
      ...(leftOut && { leftOut }),
    } as object,
  });
  memory.data.remember(checkpoint, folder);
  await fineTune.run(services, Uri.file(checkpoint), undefined);
  const questions = given.flatMap(([where, text]) => (where === 'quickPick.placeholder' ? [text] : []));
  const details = given.flatMap(([where, text]) => (where === 'quickPick.detail' ? [text] : []));
  if (requests.length === 0) return { questions, details, job: undefined };
  const text = readFileSync(path.join(folder, 'net.acnet.json'), 'utf8');
  return { questions, details, job: JSON.parse(text) as Record<string, unknown> };
}

beforeEach(() => {
  answers.next = () => undefined;
});

describe('Fine-Tune of a file with frozen layers', () => {
  const frozen = ['block1_conv1', 'block1_conv2'];

  it('asks, after the images, whether they are trained', async () => {
    const { questions, details, job } = await tuned({ frozen });
    expect(questions.slice(0, 3)).toEqual(['Which images?', 'Frozen layers', 'Epochs']);
    expect(details).toContain(
      'Their weights and statistics do not change, and their convolutions become no blocks: block1_conv1, block1_conv2',
    );
    expect(job).toMatchObject({ frozen: 'keep' });
    expect(questions.at(-1)).toMatch(/^1 of 3 convolutions becomes a block\. /);
  });

  it('trains them where that is chosen; their convolutions become blocks too', async () => {
    const { questions, details, job } = await tuned({ frozen }, ['Train them too']);
    expect(details).toContain('Their convolutions become blocks like all others: block1_conv1, block1_conv2');
    expect(job).toMatchObject({ frozen: 'train' });
    expect(questions.at(-1)).toMatch(/^3 of 3 convolutions become blocks\. /);
  });

  it('writes no job where the question is closed', async () => {
    expect(await tuned({ frozen }, [], 'Keep them frozen')).toMatchObject({ job: undefined });
  });
});

describe('Fine-Tune of a file with layers that training leaves out', () => {
  const leftOut = ['the RandomFlip layer "flip" is left out', 'the constraint of "conv" is left out'];

  it('says which, with the way to stop', async () => {
    const { questions, details, job } = await tuned({ leftOut });
    expect(questions.slice(0, 3)).toEqual(['Which images?', 'Layers left out', 'Epochs']);
    expect(details).toContain(
      'The RandomFlip layer "flip" is left out. the constraint of "conv" is left out',
    );
    expect(job).toBeDefined();
    expect(job).not.toHaveProperty('frozen');
    expect(await tuned({ leftOut }, [], 'Train without them')).toMatchObject({ job: undefined });
  });

  it('comes before the question about frozen layers', async () => {
    const { questions } = await tuned({ leftOut, frozen: ['conv'] });
    expect(questions.slice(1, 3)).toEqual(['Layers left out', 'Frozen layers']);
  });
});

describe('Fine-Tune of a file with neither', () => {
  it('asks about neither, and its job leaves frozen layers to the default', async () => {
    const { questions, job } = await tuned({});
    expect(questions.slice(0, 2)).toEqual(['Which images?', 'Epochs']);
    expect(job).not.toHaveProperty('frozen');
  });
});

describe('frozen convolutions of a new job', () => {
  it('become blocks if frozen layers are trained, or if ticked', () => {
    expect(layersToTrain(SITES, 'default', undefined).words).toBe('1 of 3 convolutions becomes a block');
    expect(layersToTrain(SITES, 'default', undefined, 'train').words).toBe(
      '3 of 3 convolutions become blocks',
    );
    const chosen = { layers: ['frozen_a'], words: '1 of 3 convolutions becomes a block' };
    expect(layersToTrain(SITES, ['frozen_a'], undefined)).toEqual(chosen);
  });
});
