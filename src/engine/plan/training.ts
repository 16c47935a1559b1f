import { UnsupportedError } from '../../core/errors';
import type { Graph, GraphNode, Penalty } from '../../core/graph/graph';
import type { Value } from '../../core/graph/lowering';
import { learntParameters, thawed } from '../../core/graph/training';
import type { TensorRef } from '../../core/tensor/tensor';
import type { Network, TrainingOptions } from '../backend';
import { PlanBuilder } from './builder';
import { fuseNorms } from './fuse-norms';
import { lowerForward, refuseUnknown } from './forward';
import { differentiate } from './gradients';
import { logitsFor } from './head';
import { learn } from './learn';
import { attachLoss } from './loss';
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
  const asked = options.frozen === 'train' ? thawed(network.graph) : network.graph;
  const graph = options.measures ? withoutMemory(asked) : asked;
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
  const learnt = (options.measures ? [] : learntTensors(nodes, tensors)).map(({ tensor, ...rest }) => ({
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
  const { descents, losses } = pulled(learnt, gradients, options, builder);
  updates.push(...learn(descents, options, builder));
  return {
    parts: options.accumulate ?? 1,
    variables: builder.variables,
    slots: builder.slots,
    numbers: builder.numbers,
    steps: builder.steps,
    input: wanted(values, graph.inputs[0]),
    targets,
    loss: total([loss, ...losses], builder),
    updates,
  };
}

/** Batch norms whose statistics after a step are those of its batch. */
function withoutMemory({ nodes, ...graph }: Graph): Graph {
  return {
    ...graph,
    nodes: nodes.map((node): GraphNode =>
      node.op === 'batchNorm' ? { ...node, attributes: { ...node.attributes, momentum: 0 } } : node,
    ),
  };
}

/** Every weight with the gradient of the whole loss, and what the regularisers add to that. */
function pulled(
  learnt: ReadonlyArray<Pick<Learnt, 'value' | 'name'> & Omit<LearntTensor, 'tensor'>>,
  gradients: ReadonlyMap<number, Value>,
  { optimiser }: TrainingOptions,
  builder: PlanBuilder,
): { readonly descents: readonly Learnt[]; readonly losses: readonly Value[] } {
  const descents: Learnt[] = [];
  const losses: Value[] = [];
  for (const { value, name, decays, penalty } of learnt) {
    const plain = gradients.get(value.id);
    if (!plain) continue;
    const added = penalty && penalise(value, penalty, builder);
    if (added) losses.push(added.loss);
    const gradient = total([plain, ...(added ? [added.gradient] : [])], builder);
    descents.push({ value, name, gradient, decay: decays ? optimiser.weightDecay : 0 });
  }
  return { descents, losses };
}

interface LearntTensor {
  readonly tensor: TensorRef;
  readonly decays: boolean;
  readonly penalty: Penalty | undefined;
}

/** Parameters that are learnt, each once with its regulariser; weight decay is for those used as kernels. */
function learntTensors(nodes: readonly GraphNode[], tensors: ReadonlyMap<string, TensorRef>): LearntTensor[] {
  return [...learntParameters(nodes)].flatMap(([name, uses]) => {
    const tensor = tensors.get(name);
    if (!tensor) return [];
    const penalty = uses.map(({ node, role }) => node.penalties?.[role]).find((found) => found !== undefined);
    return { tensor, decays: uses.some(({ role }) => role === 'kernel'), penalty };
  });
}

function wanted(values: ReadonlyMap<string, Value>, name: string): Value {
  const value = values.get(name);
  if (!value) throw new UnsupportedError('the output does not depend on the input', { found: name });
  return value;
}
