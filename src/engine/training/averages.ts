import type { Backend, TrainingSession, Weights } from '../backend';
import { trainingBatches } from '../data/batches';
import { targetsOf } from './head';
import { trainingOptions, type TrainingTask } from './recipe';

/** Images whose batches are looked at: enough that the statistics hardly depend on which they are. */
const IMAGES = 1024;

/**
 * Measures batch norms again under averaged weights, whose activations are not those that the moving statistics
 * followed: the mean over batches of each batch's statistics, as `torch.optim.swa_utils.update_bn`.
 */
export class AveragedNorms {
  private readonly session: TrainingSession;

  constructor(
    backend: Backend,
    private readonly task: TrainingTask,
  ) {
    const { network, recipe, head } = task;
    const options = { ...trainingOptions(recipe, head), accumulate: undefined, ema: undefined };
    this.session = backend.training(network, { ...options, measures: true });
  }

  /** The weights with statistics of batches of an epoch, which are augmented and not mixed. */
  async measured(weights: Weights, epoch: number): Promise<Weights> {
    const { data, recipe, head } = this.task;
    const own = [...this.session.read().keys()].map(
      (name) => [name, weights.get(name) ?? new Float32Array()] as const,
    );
    this.session.restore({ weights: new Map(own), optimiser: new Map(), steps: 0 });
    const sums = new Map<string, Float64Array>();
    let batches = 0;
    for await (const { input, labels } of trainingBatches(data.images, data.preprocessing, {
      ...recipe,
      epoch,
    })) {
      this.session.step(input, targetsOf(labels, head), 0);
      batches++;
      for (const [name, values] of this.session.read()) {
        const sum = sums.get(name) ?? new Float64Array(values.length);
        values.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + value));
        sums.set(name, sum);
      }
      if (batches * recipe.batch >= IMAGES) break;
    }
    const measured = [...sums].map(
      ([name, sum]) => [name, Float32Array.from(sum, (value) => value / batches)] as const,
    );
    return new Map([...weights, ...measured]);
  }

  dispose(): void {
    this.session.dispose();
  }
}
