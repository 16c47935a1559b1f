import { createHash } from 'node:crypto';
import type { Checkpoint } from '../../../core/checkpoint';
import { wholeOf, type Dataset, type Samples } from '../../../engine/data/dataset';
import type { Job } from '../../job/job';
import type { RunIdentity } from './state';

const NO_MATTER = [
  ...['$schema', 'file', 'checkpoint', 'architecture', 'output', 'saveEvery', 'data', 'folder', 'seeds'],
  // Which images are left out is kept with the run.
  'maxDamaged',
];

/**
 * What a run is of. Paths do not count, nor where results go or how often the state is saved: a folder may be moved
 * between two runs.
 */
export function identityOf(job: Job, source: Checkpoint, dataset: Dataset): RunIdentity {
  const all = Object.entries({ ...job, ...job.data });
  return {
    settings: Object.fromEntries(
      all.filter(([name, value]) => !NO_MATTER.includes(name) && !isDefaultResize(name, value)),
    ),
    checkpoint: checkpointDigest(source),
    data: dataDigest(dataset),
  };
}

/** Runs of earlier versions have no word for it. */
function isDefaultResize(name: string, value: unknown): boolean {
  return name === 'resize' && value === 'squash';
}

function checkpointDigest({ tensors, graph }: Checkpoint): string {
  const hash = createHash('sha256');
  const nodes = graph?.nodes.map(({ origin, ...node }) => ({ ...node, layer: origin?.layer }));
  hash.update(JSON.stringify(nodes ?? []));
  for (const [name, tensor] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${tensor.dtype} ${tensor.shape.join()}\n`);
    const values = tensor.readFloat32();
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

function dataDigest({ path, base = path, classes, training, evaluation }: Dataset): string {
  const hash = createHash('sha256').update(JSON.stringify(classes));
  const list = (samples: Samples): void => {
    hash.update(`\n${samples.count}\n${wholeOf(samples).fingerprint ?? ''}`);
    for (let i = 0; i < samples.count; i++) {
      hash.update(`${samples.labels[i]} ${samples.nameOf(i).replace(base, '')}\n`);
    }
  };
  list(training);
  list(evaluation);
  return hash.digest('hex');
}
