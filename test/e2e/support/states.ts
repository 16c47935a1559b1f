/** What the host would send, for the tests of the page: fixtures, and one state for each thing it can show. */
import { readFileSync } from 'node:fs';
import type { InspectResult, KernelsResult } from '../../../src/contract/results';
import type { InspectorState, JobState } from '../../../src/contract/page';
import type { ErrorState } from '../../../src/contract/run';

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8')) as T;

export const inspect = fixture<InspectResult>('scene-net.inspect.json');
export const kernels = fixture<KernelsResult>('scene-net.kernels.json');

export const ready = <T>(value: T) => ({ phase: 'ready' as const, value });

export const state = (change: Partial<InspectorState> = {}): InspectorState => ({
  fileName: 'scene_net.keras',
  path: '/models/scene_net.keras',
  locale: 'en',
  trusted: true,
  readMilliseconds: 84,
  inspect: ready(inspect),
  kernels: ready(kernels),
  ...change,
});

/** The network with every 3×3 site converted. */
export const acnet = (): InspectResult => {
  const sites = inspect.sites.map((site) =>
    site.kernel[0] === 3 && site.eligible
      ? { ...site, kind: 'acb' as const, eligible: false, selected: false }
      : site,
  );
  return { ...inspect, sites };
};

/** A network of only 3×3 kernels that everything can be done with. */
export const plainNet = (): InspectResult => ({
  ...inspect,
  outputs: ['float32, N × 10, softmax'],
  outputShapes: [[null, 10]],
  unsupported: [],
  warnings: [],
  sites: inspect.sites.filter(({ kernel, kind }) => kernel.join('x') === '3x3' && kind === 'plain'),
});

export const ERROR = {
  title: 'The file is cut short',
  file: '/models/epoch-012.h5',
  where: '/layer3.4.conv2/kernel',
  found: '3,145,728 bytes',
  expected: '3,471,733 bytes',
} satisfies ErrorState;

export const JOB: JobState = {
  title: 'Convert to ACNet',
  kind: 'convert',
  progress: { phase: 'Calibrating', done: 31, total: 55, secondsLeft: 2 },
};

export const PRUNE_JOB: JobState = { title: 'Pruning check of scene_net.keras', kind: 'prune' };
export const ROBUSTNESS_JOB: JobState = { title: 'Robustness check of acnet.keras', kind: 'robustness' };
export const TRAIN_JOB: JobState = { title: 'Fine-tuning scene_net.keras', kind: 'train' };

export const THEMES = ['dark', 'light', 'hc', 'hcl'] as const;
