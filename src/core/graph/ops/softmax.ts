import { pointwise } from './pointwise';

/** e^x / Σ e^x over the last axis. */
export const softmax = pointwise('softmax');

/** x − log Σ e^x over the last axis: what a network gives that was trained with PyTorch's NLL loss. */
export const logSoftmax = pointwise('logSoftmax');
