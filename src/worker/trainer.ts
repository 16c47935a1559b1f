/** Entry of the process that runs networks. TensorFlow may abort it; the host reports that and lives on. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeBackend } from '../operations/backend';
import { convertFile } from '../operations/convert';
import { evaluateFile } from '../operations/evaluate';
import { readJob } from '../operations/job';
import { pruneFile } from '../operations/prune';
import { selfTest } from '../operations/self-test';
import { trainJob } from '../operations/train';
import { verifyFiles } from '../operations/verify';
import { operationContext } from './context';
import { parentPort } from './port';
import { serve } from './serve';

serve<'trainer'>(
  {
    convertWithData: ({ path, output, ...options }, context) =>
      convertFile(path, output, options, operationContext(context)),
    verify: ({ a, b, ...options }, context) => verifyFiles(a, b, options, operationContext(context)),
    evaluate: ({ path, ...options }, context) => evaluateFile(path, options, operationContext(context)),
    prune: ({ path, ...options }, context) =>
      pruneFile(path, options, {
        ...operationContext(context),
        onPoint: (group, point) => context.notify({ kind: 'point', group, point }),
      }),
    train: async ({ path: file, resume }, context) => {
      const job = readJob(await readFile(file, 'utf8'), file);
      return trainJob(
        job,
        { directory: outputFolder(file), resume },
        { ...operationContext(context), onEvent: (event) => context.notify({ kind: 'train', event }) },
      );
    },
    backend: () => describeBackend(),
    selfTest: (_request, context) => selfTest(operationContext(context)),
  },
  parentPort(),
);

/** `runs/mnist.acnet.json` → `runs/mnist.acnet`, beside the job, as the command line does. */
function outputFolder(file: string): string {
  const name = path.basename(file).replace(/\.json$/, '');
  return path.join(path.dirname(file), name === path.basename(file) ? `${name}.run` : name);
}
