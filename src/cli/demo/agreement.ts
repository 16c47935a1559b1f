import type { Checkpoint } from '../../core/checkpoint';
import { UnsupportedError } from '../../core/errors';
import type { InferenceSession } from '../../engine/backend';
import { evaluationBatches, inferenceBatch, type Batch } from '../../engine/data/batches';
import type { Samples } from '../../engine/data/dataset';
import { Images } from '../../engine/data/images';
import { preprocessingFor } from '../../engine/data/preprocessing';
import { openCheckpointFile } from '../../files/open';
import { breathe, type OperationContext } from '../../operations/kit/context';

/** For how many images two networks name different classes first. */
export async function countDisagreements(
  files: readonly [string, string],
  samples: Samples,
  context: OperationContext,
): Promise<number> {
  const backend = await context.backend();
  const [first, second] = await Promise.all(files.map((file) => openCheckpointFile(file)));
  const sessions: InferenceSession[] = [];
  try {
    const graph = graphOf(first);
    sessions.push(backend.inference({ graph, tensors: first.tensors }));
    sessions.push(backend.inference({ graph: graphOf(second), tensors: second.tensors }));
    const preprocessing = preprocessingFor({ graph, tensors: first.tensors }, {});
    const images = new Images(samples, preprocessing);
    let different = 0;
    for await (const batch of evaluationBatches(images, preprocessing, inferenceBatch(preprocessing))) {
      await breathe(context);
      const [a, b] = sessions.map((session) => winners(session, batch));
      different += a.filter((winner, i) => winner !== b[i]).length;
    }
    return different;
  } finally {
    for (const session of sessions) session.dispose();
    first.close();
    second.close();
  }
}

function graphOf({ graph, path }: Checkpoint) {
  if (!graph) throw new UnsupportedError('this file has weights but no network', { path });
  return graph;
}

/** Index of the largest output of each image. */
function winners(session: InferenceSession, { input, count }: Batch): number[] {
  const [{ values }] = session.run([input], count);
  const units = values.length / count;
  return Array.from({ length: count }, (_, i) => {
    const row = values.subarray(i * units, (i + 1) * units);
    return row.indexOf(row.reduce((a, b) => Math.max(a, b), -Infinity));
  });
}
