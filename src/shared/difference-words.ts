import { counted } from './numbers';

/** What a result says of the difference between its networks. */
export interface DifferenceParts {
  readonly baseline: { readonly trained: boolean };
  /** Convolutions that got a batch norm of their own in both networks; absent in results of earlier versions. */
  readonly inserted?: readonly string[];
}

/** What the difference between ACNet and the baseline contains. */
export function differenceContains({ baseline, inserted }: DifferenceParts): string {
  if (!baseline.trained)
    return 'the blocks, their batch norms and the training: the baseline was not trained';
  if (!inserted)
    return 'the blocks, with the batch norms that were inserted into ACNet only, if there are any';
  if (inserted.length === 0) return 'the branches only';
  return `the branches only: both networks were trained with a batch norm behind ${counted(inserted.length, 'convolution')} that had none`;
}
