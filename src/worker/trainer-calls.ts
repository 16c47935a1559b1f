/** What the process that runs networks answers. */
import { describeBackend } from '../operations/backend/describe';
import { convertFile } from '../operations/convert/convert';
import { evaluateFile } from '../operations/evaluate';
import { pruneFile } from '../operations/prune';
import { robustnessOfFile } from '../operations/robustness/robustness';
import type { TrainEvent } from '../contract/results';
import { selfTest } from '../operations/backend/self-test';
import { trainFile } from '../operations/train/file';
import { verifyFiles } from '../operations/verify/verify';
import { operationContext } from './context';
import type { Handlers } from './serve';

export const trainerCalls: Handlers<'trainer'> = {
  convertWithData: ({ path, output, ...options }, context) =>
    convertFile(path, output, options, operationContext(context)),
  verify: ({ a, b, ...options }, context) => verifyFiles(a, b, options, operationContext(context)),
  evaluate: ({ path, ...options }, context) => evaluateFile(path, options, operationContext(context)),
  prune: ({ path, ...options }, context) =>
    pruneFile(path, options, {
      ...operationContext(context),
      onPoint: (group, point) => context.notify({ kind: 'point', group, point }),
    }),
  robustness: ({ path, ...options }, context) =>
    robustnessOfFile(path, options, {
      ...operationContext(context),
      onRow: (row) => context.notify({ kind: 'row', row }),
    }),
  train: ({ path: file, restAtDoubt, ...options }, context) => {
    const onEvent = (event: TrainEvent): void => context.notify({ kind: 'train', event });
    const rest = restAtDoubt ? { rest: () => context.pause.set(true) } : {};
    return trainFile(file, options, { ...operationContext(context), ...rest, onEvent });
  },
  backend: () => describeBackend(),
  selfTest: (_request, context) => selfTest(operationContext(context)),
};
