import type { ImageCounts } from '../../contract/results';

/**
 * Counts the images of a job before it is written: as many as a training with the job's usual share and seed would see.
 * @throws DataError as opening the data does
 */
export async function countImages(data: string): Promise<ImageCounts> {
  // Loaded when needed: whoever only reads checkpoints must not load the image decoders.
  const { openDataset } = await import('../../engine/data');
  const { training, evaluation } = openDataset(data, { validation: VALIDATION });
  return { training: training.count, evaluation: evaluation.count };
}

/** Share of images kept for evaluation where a job does not say. */
export const VALIDATION = 0.1;
