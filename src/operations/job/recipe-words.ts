import type { Recipe } from '../../engine/training/recipe';
import type { Schedule } from '../../engine/training/schedule';
import { counted } from '../../shared/numbers';

/** What a recipe is, for the log and the result: a line each. */
export function recipeWords(recipe: Recipe): string[] {
  const { epochs, batch, accumulate = 1, clipNorm, ema, labelSmoothing, classWeights } = recipe;
  return [
    `${counted(epochs, 'epoch')}, batch ${batch}, ${optimiserWords(recipe)}`,
    `learning rate ${rateWords(recipe)}`,
    ...(accumulate === 1
      ? []
      : [`weights updated after every ${accumulate} batches; batch norms see each batch by itself`]),
    ...(clipNorm === undefined ? [] : [`gradients clipped at a global norm of ${clipNorm}`]),
    ...(ema === undefined
      ? []
      : [
          `weights averaged with a decay of ${ema}, and batch-norm statistics measured again under the averages`,
        ]),
    ...(labelSmoothing === 0 ? [] : [`label smoothing ${labelSmoothing}`]),
    ...(classWeights ? [`class weights ${weightsWords(classWeights)}`] : []),
    ...augmentationWords(recipe),
  ];
}

/** As many as can be read at once. */
const SHOWN_WEIGHTS = 10;

function weightsWords(weights: readonly number[]): string {
  const shown = weights.slice(0, SHOWN_WEIGHTS).map((weight) => Number(weight.toPrecision(3)));
  return `${shown.join(', ')}${weights.length > SHOWN_WEIGHTS ? ', …' : ''}`;
}

function augmentationWords({ augmentation: { padCrop, flip, cutout, mixup } }: Recipe): string[] {
  const all = [
    ...(padCrop === 0 ? [] : [`crops after padding by ${padCrop}`]),
    ...(flip ? ['mirrored at random'] : []),
    ...(cutout === undefined ? [] : [`cutout of ${cutout} × ${cutout} pixels`]),
    ...(mixup === undefined ? [] : [`mixup with α ${mixup}`]),
  ];
  return all.length === 0 ? [] : [`training images: ${all.join(', ')}`];
}

function optimiserWords({ optimiser }: Recipe): string {
  const decay = `weight decay ${optimiser.weightDecay}`;
  if (optimiser.kind === 'sgd') {
    const { momentum, nesterov } = optimiser;
    return `SGD with momentum ${momentum}${nesterov ? ' (Nesterov)' : ''}, ${decay}`;
  }
  const { betas, epsilon } = optimiser;
  return `AdamW with β ${betas.join(' and ')}, ε ${epsilon}, ${decay}`;
}

function rateWords({ learningRate, schedule, warmup }: Recipe): string {
  const rise = warmup === 0 ? '' : `, rising over the first ${counted(warmup, 'epoch')}`;
  return `${learningRate}, ${scheduleWords(schedule)}${rise}`;
}

function scheduleWords(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'constant':
      return 'constant';
    case 'cosine':
      return 'falling to 0 along a cosine';
    case 'step':
      return `times ${schedule.factor} after epochs ${schedule.milestones.join(', ')}`;
    case 'oneCycle': {
      const { pctStart, divFactor, finalDivFactor, momentum } = schedule;
      const moved = momentum ? `, momentum from ${momentum[1]} to ${momentum[0]} and back` : '';
      return `one cycle: from 1/${divFactor} of it, highest after ${Number((100 * pctStart).toPrecision(3))} % of the steps, to 1/${finalDivFactor} of the first${moved}`;
    }
  }
}
