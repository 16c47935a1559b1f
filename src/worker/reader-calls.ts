/** What the process that parses files answers. */
import { UnsupportedError } from '../core/errors';
import { removeLeftovers } from '../files/leftovers';
import { compareKernelsOfFiles } from '../operations/compare/compare';
import { convertFile } from '../operations/convert/convert';
import { newFile } from '../operations/new';
import type { OperationContext } from '../operations/kit/context';
import { countImages } from '../operations/job/count-images';
import { exportFile } from '../operations/export';
import { fuseFile } from '../operations/fuse';
import { inspectFile } from '../operations/inspect';
import { preprocessingOf, readJobFile } from '../operations/job/file';
import { outsideWrites } from '../operations/job/places';
import { jobHistory } from '../operations/job/history';
import { jobFolder, runIn } from '../operations/job/folder';
import { kernelSlicesOfFile, kernelsOfFile } from '../operations/kernels';
import { trainEvent, trainResult } from '../contract/results/training';
import type { CallContext, Handlers } from './serve';

export const readerCalls: Handlers<'reader'> = {
  inspect: async ({ path, ...options }) => {
    const start = performance.now();
    const result = await inspectFile(path, options);
    return { ...result, readMilliseconds: performance.now() - start };
  },
  kernels: ({ path, ...options }) => kernelsOfFile(path, options),
  kernelSlices: ({ path, ...wanted }) => kernelSlicesOfFile(path, wanted),
  compareKernels: ({ before, after, ...options }, context) =>
    compareKernelsOfFiles(before, after, options, withoutBackend(context)),
  convert: ({ path, output, ...options }, context) =>
    convertFile(path, output, options, withoutBackend(context)),
  fuse: ({ path, output, ...options }, context) => fuseFile(path, output, options, withoutBackend(context)),
  newNetwork: ({ network, output, ...options }, context) =>
    newFile(network, output, options, withoutBackend(context)),
  exportAs: ({ path, output, ...options }, context) =>
    exportFile(path, output, options, withoutBackend(context)),
  job: async ({ path: file, allowed = [] }) => {
    const job = await readJobFile(file);
    const { checkpoint, data, epochs, baseline, statistics, frozen, layers, output } = job;
    const { equalWeights, bnEpsilon } = job;
    const folder = jobFolder(file);
    const outputs = output.folder ?? folder;
    return {
      ...{ checkpoint, data: data.folder, epochs, baseline, statistics, frozen, layers },
      ...{ equalWeights, bnEpsilon },
      ...{ outputs, folder, run: runIn(folder) },
      outside: outsideWrites(job, folder, allowed),
      preprocessing: preprocessingOf(data),
    };
  },
  countImages: ({ data }) => countImages(data),
  history: ({ path: file }) => {
    const { lines, result } = jobHistory(jobFolder(file));
    const events = lines.flatMap((line) => trainEvent.safeParse(line).data ?? []);
    return { events, result: trainResult.safeParse(result).data };
  },
  removeLeftovers: ({ folder }) => ({ removed: removeLeftovers(folder) }),
};

function withoutBackend({ signal, pause, onProgress }: CallContext): OperationContext {
  return {
    signal,
    pause,
    onProgress,
    backend: () => Promise.reject(new UnsupportedError('this process reads files and runs no network')),
  };
}
