import { UnsupportedError } from '../../core/errors';
import type { GraphNode, Penalty } from '../../core/graph/graph';
import type { Value } from '../../core/graph/lowering';
import { learntParameters, thawed } from '../../core/graph/training';
import type { TensorRef } from '../../core/tensor/tensor';
import type { Network, TrainingOptions } from '../backend';
import { PlanBuilder } from './builder';
import { fuseNorms } from './fuse-norms';
import { lowerForward, refuseUnknown } from './forward';
import { clipped } from './clip';
import { differentiate } from './gradients';
import { logitsFor } from './head';
import { updatesOf } from './optimisers';
import type { Learnt } from './optimisers/rule';
import { penalise, total } from './penalty';
import type { TrainingPlan, Update } from './plan';

/** How a training step is put together; the numbers are the same up to rounding. */
export interface PlanChoices {
  /** Whether blocks become one convolution each where the statistics are frozen. Yes when absent. */
  readonly fold?: boolean;
  /** Whether sums of batch norms become one step, which not every executor has. No when absent. */
  readonly fuseNorms?: boolean;
}

/**
 * Plans one training step: forward, backward, update.
 * @throws UnsupportedError when an operator, the head or the input does not allow training.
 */
export function planTraining(
  network: Network,
  options: TrainingOptions,
  { fold = true, fuseNorms: fuse = false }: PlanChoices = {},
): TrainingPlan {
  const { tensors } = network;
  const graph = options.frozen === 'train' ? thawed(network.graph) : network.graph;
  refuseUnknown(graph.nodes);
  const head = logitsFor(graph, options.loss);
  const builder = new PlanBuilder();
  const batchStatistics = options.statistics !== 'frozen';
  const { values, nodes } = lowerForward({ graph, tensors }, [head], builder, {
    ...options,
    training: true,
    batchStatistics,
    fold: fold && !batchStatistics,
  });
  const logits = wanted(values, head);
  if (fuse) builder.replace(fuseNorms(builder.steps, [logits]));
  const forward = [...builder.steps];
  const { targets, loss, gradient } = attachLoss(builder, logits, options);
  const learnt = learntTensors(nodes, tensors).map(({ tensor, ...rest }) => ({
    value: builder.read(tensor),
    name: tensor.name,
    ...rest,
  }));
  const gradients = differentiate(
    forward,
    { value: logits, gradient },
    learnt.map(({ value }) => value),
    builder,
  );
  const updates: Update[] = [...builder.statistics].map(([variable, value]) => ({
    kind: 'assign',
    variable,
    value,
  }));
  const losses = [loss];
  const descents: Learnt[] = [];
  for (const { value, name, decays, penalty } of learnt) {
    const plain = gradients.get(value.id);
    if (!plain) continue;
    const added = penalty && penalise(value, penalty, builder);
    if (added) losses.push(added.loss);
    const gradient = total([plain, ...(added ? [added.gradient] : [])], builder);
    descents.push({ value, name, gradient, decay: decays ? options.optimiser.weightDecay : 0 });
  }
  updates.push(...learn(descents, options, builder));
  return {
    variables: builder.variables,
    slots: builder.slots,
    numbers: builder.numbers,
    steps: builder.steps,
    input: wanted(values, graph.inputs[0]),
    targets,
    loss: total(losses, builder),
    updates,
  };
}

/** Parameters that are learnt, each once with its regulariser; weight decay is for those used as kernels. */
function learntTensors(
  nodes: readonly GraphNode[],
  tensors: ReadonlyMap<string, TensorRef>,
): { tensor: TensorRef; decays: boolean; penalty: Penalty | undefined }[] {
  return [...learntParameters(nodes)].flatMap(([name, uses]) => {
    const tensor = tensors.get(name);
    if (!tensor) return [];
    const penalty = uses.map(({ node, role }) => node.penalties?.[role]).find((found) => found !== undefined);
    return { tensor, decays: uses.some(({ role }) => role === 'kernel'), penalty };
  });
}

function attachLoss(
  builder: PlanBuilder,
  logits: Value,
  { loss: kind, labelSmoothing }: TrainingOptions,
): { targets: Value; loss: Value; gradient: Value } {
  const { shape } = logits;
  const targets = builder.emit({ op: 'input', name: 'targets' }, [], shape);
  const classes = kind === 'categorical' ? (shape[1] ?? 1) : 2;
  const smoothed = labelSmoothing === 0 ? targets : smooth(builder, targets, labelSmoothing, classes);
  const op = kind === 'categorical' ? 'softmaxCrossEntropy' : 'sigmoidCrossEntropy';
  const [loss, gradient] = builder.emitAll({ op }, [logits, smoothed], [[], shape]);
  return { targets, loss, gradient };
}

/** (1 − s) · targets + s / classes */
function smooth({ emit, constant }: PlanBuilder, targets: Value, share: number, classes: number): Value {
  const kept = emit({ op: 'multiplyConstant' }, [targets, constant([1 - share], [])], targets.shape);
  return emit({ op: 'addConstant' }, [kept, constant([share / classes], [])], targets.shape);
}

/** What becomes of the weights, by their gradients. */
function learn(
  weights: readonly Learnt[],
  { optimiser, clipNorm }: TrainingOptions,
  builder: PlanBuilder,
): Update[] {
  const plain = weights.map(({ gradient }) => gradient);
  const gradients = clipNorm === undefined ? plain : clipped(plain, clipNorm, builder);
  return weights.flatMap((weight, i) => updatesOf({ ...weight, gradient: gradients[i] }, optimiser, builder));
}

function wanted(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (!value) throw new UnsupportedError('the output does not depend on the input', { found: name });
  return value;
}
