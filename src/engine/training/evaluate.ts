import type { InferenceSession } from '../backend';
import { evaluationBatches, inferenceBatch } from '../data/batches';
import type { Images } from '../data/images';
import type { Preprocessing } from '../data/preprocessing';
import type { Answers, Head } from './head';
import { Scorer, topClasses, type Accuracy, type Score } from './score';

/** Labelled images, and how they become the network's input. */
export interface Labelled {
  readonly images: Images;
  readonly preprocessing: Preprocessing;
}

/** What an evaluation calls between batches. */
export interface EvaluationHooks {
  /** Awaited once a batch; ends the evaluation by throwing. */
  pause(): Promise<void>;
  /** Told how many images were done in this batch. */
  onBatch?(images: number): void;
}

/**
 * Accuracy over all images, and the loss where one fits the head.
 * @param session fetches the head's logits as its first value.
 */
export async function evaluateSession(
  session: InferenceSession,
  labelled: Labelled,
  head: Head,
  hooks: EvaluationHooks,
  batch?: number,
): Promise<Score>;
export async function evaluateSession(
  session: InferenceSession,
  labelled: Labelled,
  head: Answers,
  hooks: EvaluationHooks,
  batch?: number,
): Promise<Accuracy>;
export async function evaluateSession(
  session: InferenceSession,
  { images, preprocessing }: Labelled,
  head: Answers,
  hooks: EvaluationHooks,
  batch = inferenceBatch(preprocessing),
): Promise<Accuracy> {
  const scorer = new Scorer(head);
  for await (const { input, labels, count } of evaluationBatches(images, preprocessing, batch)) {
    await hooks.pause();
    const [logits] = session.run([input], count);
    scorer.add(logits.values, labels);
    hooks.onBatch?.(count);
  }
  return scorer.score;
}

/**
 * The class that the network gives to each image, in order.
 * @param session fetches the head's logits as its first value.
 */
export async function predictSession(
  session: InferenceSession,
  { images, preprocessing }: Pick<Labelled, 'images' | 'preprocessing'>,
  head: Answers,
  hooks: EvaluationHooks,
): Promise<Int32Array> {
  const predicted = new Int32Array(images.count);
  let done = 0;
  for await (const { input, count } of evaluationBatches(
    images,
    preprocessing,
    inferenceBatch(preprocessing),
  )) {
    await hooks.pause();
    const [logits] = session.run([input], count);
    predicted.set(topClasses(logits.values, head), done);
    done += count;
    hooks.onBatch?.(count);
  }
  return predicted;
}
