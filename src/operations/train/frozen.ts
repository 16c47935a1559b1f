import type { Checkpoint } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import type { GraphNode } from '../../core/graph/graph';
import { frozenLayers, isTrained, omittedWords, learntParameters } from '../../core/graph/training';
import type { Job } from '../job/job';
import { graphOf } from '../kit/network';
import { counted } from '../../shared/numbers';
import { enumerated } from '../../shared/words';

/** Whether a job changes what a node has. */
export function learns(node: Pick<GraphNode, 'frozen'>, { frozen }: Pick<Job, 'frozen'>): boolean {
  return isTrained(node) || (frozen === 'train' && node.frozen === 'layer');
}

/**
 * What a person must know of the layers before they are trained: which are frozen, and what is left out of them.
 * @throws UserError where nothing is left to train, or frozen layers would keep the weights that a start from scratch draws
 */
export function layerNotes(checkpoint: Checkpoint, job: Job): string[] {
  return [...frozenNotes(checkpoint, job), ...omittedWords(graphOf(checkpoint, 'trained'))];
}

function frozenNotes(checkpoint: Checkpoint, { frozen, start }: Job): string[] {
  const { path } = checkpoint;
  const graph = graphOf(checkpoint, 'trained');
  const layers = frozenLayers(graph);
  const names = enumerated(layers);
  const those = `${counted(layers.length, 'layer')} frozen in the file`;
  const one = layers.length === 1;
  if (frozen === 'train') {
    return layers.length > 0
      ? [`${those} ${one ? 'is' : 'are'} trained too ("frozen": "train"): ${names}`]
      : [];
  }
  if (learntParameters(graph.nodes).size === 0 && layers.length > 0) {
    throw new UserError(
      'every layer of this network is frozen, so there is nothing to train; "frozen": "train" in the job trains them',
      { path, found: names },
    );
  }
  if (start === 'scratch' && layers.length > 0) {
    throw new UserError(
      'frozen layers would keep the random weights of a start from scratch; write "frozen": "train", or "start": "checkpoint"',
      { path, found: names },
    );
  }
  const kept = graph.nodes.filter((node) => node.op === 'batchNorm' && node.inference && isTrained(node));
  return [
    ...(layers.length > 0
      ? [
          `${those} ${one ? 'does' : 'do'} not change ("frozen": "train" in the job trains ${one ? 'it' : 'them'}): ${names}`,
        ]
      : []),
    ...(kept.length > 0
      ? [
          `${counted(kept.length, 'batch norm')} called with training=False ${kept.length === 1 ? 'keeps its' : 'keep their'} statistics ("frozen": "train" in the job normalises by the batch): ${enumerated(kept.map(({ name }) => name))}`,
        ]
      : []),
  ];
}
