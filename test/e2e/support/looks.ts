import type { InspectorState } from '../../../src/contract/page';
import { compareDone } from '../../support/compare-states';
import { TRAIN_RESULT, pruningDone, pruningRun, trainingRun } from '../../support/run-states';
import { oneNetwork, robustnessDone, robustnessRun } from '../../support/robustness-states';
import { slicesState } from '../../support/slices-state';
import {
  ERROR,
  JOB,
  PRUNE_JOB,
  ROBUSTNESS_JOB,
  TRAIN_JOB,
  acnet,
  kernels,
  plainNet,
  ready,
  state,
} from './states';

const base = { inspect: ready(plainNet()) };
const five = pruningRun({
  options: { groups: ['corner', 'skeleton', 'global', 'square', 'border'], seeds: 5 },
});
const FIRST = kernels.layers.find(({ kernel }) => kernel.join('x') === '3x3')?.name ?? '';
const ended = trainingRun({
  phase: 'failed',
  resumable: true,
  error: { title: 'The worker ended (signal 9)' },
});

/** What the page can look like: name of the picture, tab, state. For tests of its looks, and for the playground. */
export const LOOKS: ReadonlyArray<readonly [name: string, tab: string, state: InspectorState]> = [
  ['overview', 'Overview', state()],
  ['overview-job', 'Overview', state({ job: JOB })],
  ['overview-restricted', 'Overview', state({ trusted: false })],
  ['kernels', 'Kernels', state({ slices: slicesState(FIRST, 'plain') })],
  ['kernels-acnet', 'Kernels', state({ inspect: ready(acnet()), slices: slicesState(FIRST, 'acb') })],
  ['kernels-error', 'Kernels', state({ kernels: { phase: 'error', error: ERROR } })],
  ['pruning', 'Pruning', state({ ...base, job: PRUNE_JOB, pruning: pruningRun() })],
  ['pruning-none', 'Pruning', state(base)],
  ['pruning-done', 'Pruning', state({ ...base, lastData: '/data/cifar10', pruning: pruningDone() })],
  ['pruning-five-groups', 'Pruning', state({ ...base, pruning: five })],
  [
    'pruning-failed',
    'Pruning',
    state({ ...base, pruning: { ...pruningRun(), phase: 'failed', error: ERROR } }),
  ],
  ['robustness', 'Robustness', state({ ...base, job: ROBUSTNESS_JOB, robustness: robustnessRun() })],
  ['robustness-none', 'Robustness', state(base)],
  ['robustness-done', 'Robustness', state({ ...base, lastData: '/a/b', robustness: robustnessDone() })],
  ['robustness-alone', 'Robustness', state({ ...base, robustness: robustnessDone(oneNetwork()) })],
  ['compare', 'Compare', state({ compare: compareDone() })],
  ['compare-none', 'Compare', state()],
  ['training', 'Training', state({ ...base, job: TRAIN_JOB, training: trainingRun() })],
  ['training-none', 'Training', state({ ...base, backend: { native: false, label: 'WebAssembly' } })],
  [
    'training-begun',
    'Training',
    state({ ...base, job: TRAIN_JOB, training: trainingRun({ arms: {}, log: [] }) }),
  ],
  [
    'training-done',
    'Training',
    state({ ...base, training: trainingRun({ phase: 'done', result: TRAIN_RESULT }) }),
  ],
  ['training-failed', 'Training', state({ ...base, training: ended })],
];
