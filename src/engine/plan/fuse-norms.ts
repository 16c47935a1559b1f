import type { Primitive, Step, Value } from '../../core/graph/lowering';

type BatchNorm = Step & { readonly primitive: Extract<Primitive, { readonly op: 'batchNormTraining' }> };

/** What one step is to take the place of. */
interface Sum {
  readonly norms: readonly BatchNorm[];
  readonly side?: Value;
  readonly relu: boolean;
  /** The steps that go, the last one among them. */
  readonly members: ReadonlySet<Step>;
}

/** How steps hang together. */
interface Links {
  readonly makers: ReadonlyMap<number, Step>;
  readonly uses: ReadonlyMap<number, number>;
}

/**
 * Replaces sums of batch norms, and the ReLU behind one, by `sumOfNorms` steps, for an executor that has such an
 * operator. Values keep their ids and what they hold; those between the members are gone.
 * @param steps a forward pass, before its gradient is taken
 * @param kept values that are needed besides what the steps use
 */
export function fuseNorms(steps: readonly Step[], kept: readonly Value[]): Step[] {
  const links = linksOf(steps, kept);
  const gone = new Set<Step>();
  const sums = new Map<Step, Step>();
  // From the end, so that the largest sum is found before its parts.
  for (const step of [...steps].reverse()) {
    const sum = gone.has(step) ? undefined : sumAt(step, links);
    if (!sum) continue;
    sum.members.forEach((member) => gone.add(member));
    sums.set(step, fused(step, sum));
  }
  return inOrder(steps.flatMap((step) => sums.get(step) ?? (gone.has(step) ? [] : [step])));
}

function linksOf(steps: readonly Step[], kept: readonly Value[]): Links {
  const makers = new Map<number, Step>();
  const uses = new Map<number, number>();
  const use = ({ id }: Value): unknown => uses.set(id, (uses.get(id) ?? 0) + 1);
  for (const step of steps) {
    step.inputs.forEach(use);
    step.outputs.forEach(({ id }) => makers.set(id, step));
  }
  kept.forEach(use);
  return { makers, uses };
}

/** The sum that ends in a step, if fusing it saves anything. */
function sumAt(last: Step, links: Links): Sum | undefined {
  const relu = last.primitive.op === 'relu';
  const members = new Set([last]);
  const summands = relu ? summandsOf(last.inputs[0], members, links) : summandsInto(last, members, links);
  if (!summands) return undefined;
  const norms = summands.flatMap((summand) => ('primitive' in summand ? [summand] : []));
  const sides = summands.flatMap((summand) => ('primitive' in summand ? [] : [summand]));
  if (norms.length === 0 || sides.length > 1) return undefined;
  return { norms, side: sides[0], relu, members };
}

/** What is added up to a value that nothing else needs: batch norms, and values of any other origin. */
function summandsOf(value: Value, members: Set<Step>, links: Links): ReadonlyArray<BatchNorm | Value> {
  const maker = links.makers.get(value.id);
  const inner = links.uses.get(value.id) === 1 && maker && summandsInto(maker, members, links);
  if (!inner) return [value];
  members.add(maker);
  return inner;
}

function summandsInto(
  step: Step,
  members: Set<Step>,
  links: Links,
): ReadonlyArray<BatchNorm | Value> | undefined {
  if (isBatchNorm(step)) return [step];
  if (step.primitive.op !== 'addN') return undefined;
  return step.inputs.flatMap((input) => summandsOf(input, members, links));
}

function isBatchNorm(step: Step): step is BatchNorm {
  return step.primitive.op === 'batchNormTraining';
}

function fused(last: Step, { norms, side, relu }: Sum): Step {
  const column = (index: number): Value[] => norms.map(({ inputs }) => inputs[index]);
  const output = (index: number): Value[] => norms.map(({ outputs }) => outputs[index]);
  return {
    primitive: {
      op: 'sumOfNorms',
      epsilons: norms.map(({ primitive }) => primitive.epsilon),
      side: side !== undefined,
      relu,
    },
    inputs: [...column(0), ...(side ? [side] : []), ...column(1), ...column(2)],
    // A norm's fourth value is its gradient's own affair; here it is 1 / √(variance + ε).
    outputs: [last.outputs[0], ...output(1), ...output(2), ...output(3)],
  };
}

/** The same order, but for steps that stood before one whose values they need. */
function inOrder(steps: readonly Step[]): Step[] {
  const made = new Set<number>();
  const later = new Set(steps.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  const ordered: Step[] = [];
  let waiting: Step[] = [];
  const place = (step: Step): void => {
    if (step.inputs.some(({ id }) => later.has(id) && !made.has(id))) {
      waiting.push(step);
      return;
    }
    ordered.push(step);
    step.outputs.forEach(({ id }) => made.add(id));
    const freed = waiting;
    waiting = [];
    freed.forEach(place);
  };
  steps.forEach(place);
  return ordered;
}
