import { UnsupportedError } from '../../core/errors';
import type { BinaryFunction, Value } from '../../core/graph/lowering';
import type { TrainingOptions } from '../backend';
import type { PlanBuilder } from './builder';

/** The mean loss of a batch, and its gradient by the logits. */
export interface AttachedLoss {
  readonly targets: Value;
  readonly loss: Value;
  readonly gradient: Value;
}

/** Adds the loss to a plan. @throws UnsupportedError for class weights where an image has several labels */
export function attachLoss(
  builder: PlanBuilder,
  logits: Value,
  { loss: kind, labelSmoothing, classWeights }: TrainingOptions,
): AttachedLoss {
  const { shape } = logits;
  const targets = builder.emit({ op: 'input', name: 'targets' }, [], shape);
  const classes = kind === 'categorical' ? (shape[1] ?? 1) : 2;
  const smoothed = labelSmoothing === 0 ? targets : smooth(builder, targets, labelSmoothing, classes);
  if (classWeights)
    return { targets, ...weighted(builder, logits, { targets, smoothed, kind, classWeights }) };
  const op = kind === 'categorical' ? 'softmaxCrossEntropy' : 'sigmoidCrossEntropy';
  const [loss, gradient] = builder.emitAll({ op }, [logits, smoothed], [[], shape]);
  return { targets, loss, gradient };
}

/** (1 − s) · targets + s / classes */
function smooth({ emit, constant }: PlanBuilder, targets: Value, share: number, classes: number): Value {
  const kept = emit({ op: 'multiplyConstant' }, [targets, constant([1 - share], [])], targets.shape);
  return emit({ op: 'addConstant' }, [kept, constant([share / classes], [])], targets.shape);
}

interface Weighing {
  readonly targets: Value;
  readonly smoothed: Value;
  readonly kind: TrainingOptions['loss'];
  readonly classWeights: readonly number[];
}

/**
 * Σ w_c · t_c · loss_c over the batch, divided by the sum of the weights of its labels: as `torch.nn.CrossEntropyLoss(weight)`,
 * where label smoothing spreads the target over the classes and leaves the divisor.
 */
function weighted(
  builder: PlanBuilder,
  logits: Value,
  { kind, ...weighing }: Weighing,
): Omit<AttachedLoss, 'targets'> {
  switch (kind) {
    case 'categorical':
      return weightedClasses(builder, logits, weighing);
    case 'binary':
      return weightedBinary(builder, logits, weighing);
    case 'multiLabel':
      throw new UnsupportedError(
        'class weights require one label an image, and this network has several outputs with a sigmoid',
        {
          found: kind,
          expected: 'categorical or binary',
        },
      );
  }
}

function weightedClasses(
  { emit, constant }: PlanBuilder,
  logits: Value,
  { targets, smoothed, classWeights }: Omit<Weighing, 'kind'>,
): Omit<AttachedLoss, 'targets'> {
  const { shape } = logits;
  const row = [shape[0] ?? null, 1];
  const weights = constant(classWeights, [classWeights.length]);
  const times = (a: Value): Value => emit({ op: 'multiplyConstant' }, [a, weights], shape);
  const both = (fn: BinaryFunction, a: Value, b: Value): Value => emit({ op: 'binary', fn }, [a, b], a.shape);
  const wanted = times(smoothed);
  const divisor = emit({ op: 'sumTo' }, [times(targets)], []);
  const each = both('multiply', wanted, emit({ op: 'logSoftmax' }, [logits], shape));
  const sum = emit({ op: 'scale', factor: -1 }, [emit({ op: 'sumTo' }, [each], [])], []);
  const pull = both(
    'multiply',
    emit({ op: 'softmax' }, [logits], shape),
    emit({ op: 'sumTo' }, [wanted], row),
  );
  return {
    loss: both('divide', sum, divisor),
    gradient: both('divide', both('subtract', pull, wanted), divisor),
  };
}

/** The one output is the second class's. */
function weightedBinary(
  { emit, constant }: PlanBuilder,
  logits: Value,
  { targets, smoothed, classWeights: [first, second] }: Omit<Weighing, 'kind'>,
): Omit<AttachedLoss, 'targets'> {
  const { shape } = logits;
  const both = (fn: BinaryFunction, a: Value, b: Value): Value => emit({ op: 'binary', fn }, [a, b], a.shape);
  const scaled = (x: Value, factor: number): Value => emit({ op: 'scale', factor }, [x], shape);
  const softplus = (x: Value): Value => emit({ op: 'unary', fn: 'softplus' }, [x], shape);
  const ofSecond = (target: Value): Value => scaled(target, second);
  const ofFirst = (target: Value): Value =>
    scaled(emit({ op: 'addConstant' }, [scaled(target, -1), constant([1], [])], shape), first);
  const divisor = emit({ op: 'sumTo' }, [both('add', ofFirst(targets), ofSecond(targets))], []);
  const [wantedFirst, wantedSecond] = [ofFirst(smoothed), ofSecond(smoothed)];
  const each = both(
    'add',
    both('multiply', wantedSecond, softplus(scaled(logits, -1))),
    both('multiply', wantedFirst, softplus(logits)),
  );
  const whole = both('add', wantedFirst, wantedSecond);
  const pull = both('multiply', whole, emit({ op: 'sigmoid' }, [logits], shape));
  return {
    loss: both('divide', emit({ op: 'sumTo' }, [each], []), divisor),
    gradient: both('divide', both('subtract', pull, wantedSecond), divisor),
  };
}
