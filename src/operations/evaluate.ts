import { describePreprocessing, type PreprocessingOptions } from '../engine/data/preprocessing';
import { evaluateSession } from '../engine/training/evaluate';
import { openCheckpointFile, type OpenOptions } from '../files/open';
import { breathe, type OperationContext } from './kit/context';
import { backendFor, labelledImages, prepareRun } from './kit/labelled';
import { Meter } from './kit/meter';
import type { EvaluateResult } from '../contract/results';

/** On which images a network is evaluated. */
export interface EvaluateOptions extends PreprocessingOptions, OpenOptions {
  /** Labelled images, a folder or a file; of split ones the evaluation part is used. */
  readonly data: string;
  /** Look at this many images at most, drawn with a fixed seed. */
  readonly limit?: number;
  /** Images run at once. */
  readonly batch?: number;
}

/**
 * Accuracy of a checkpoint on labelled images, and the loss where one fits its output.
 * @throws UserError in one line.
 */
export async function evaluateFile(
  path: string,
  options: EvaluateOptions,
  context: OperationContext,
): Promise<EvaluateResult> {
  const checkpoint = await openCheckpointFile(path, options);
  try {
    const { network, head, dataset, preprocessing } = prepareRun(checkpoint, options, 'evaluated');
    const backend = await backendFor(context, network, path);
    const data = labelledImages(dataset.evaluation, preprocessing, options.limit);
    const session = backend.inference(network, [head.logits], { fold: true });
    try {
      const meter = new Meter(context, 'Evaluating', data.images.count);
      const hooks = { pause: () => breathe(context, meter), onBatch: (images: number) => meter.add(images) };
      const started = performance.now();
      const score = await evaluateSession(session, data, head, hooks, options.batch);
      const seconds = (performance.now() - started) / 1000;
      return {
        ...score,
        ...(head.noLoss !== undefined && { noLoss: head.noLoss }),
        imagesPerSecond: score.images / seconds,
        backend: backend.description,
        preprocessing: describePreprocessing(preprocessing),
      };
    } finally {
      session.dispose();
    }
  } finally {
    checkpoint.close();
  }
}
