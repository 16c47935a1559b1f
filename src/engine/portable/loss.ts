import type { Runtime, Tensor } from './runtime';

/** Softmax over the last axis, in float64. */
export function softmax(rt: Runtime, x: Tensor): Tensor {
  const units = x.shape[x.shape.length - 1];
  return rt.fill(x.shape, (to) => {
    const from = rt.view(x);
    for (let at = 0; at < from.length; at += units) {
      const { largest, total } = exponentials(from, at, units);
      for (let i = 0; i < units; i++) to[at + i] = Math.exp(from[at + i] - largest) / total;
    }
  });
}

/** y · (dy − Σ dy · y) */
export function softmaxGradient(rt: Runtime, dy: Tensor, y: Tensor): Tensor {
  const units = y.shape[y.shape.length - 1];
  return rt.fill(y.shape, (to) => {
    const [gradient, values] = [rt.view(dy), rt.view(y)];
    for (let at = 0; at < values.length; at += units) {
      let sum = 0;
      for (let i = at; i < at + units; i++) sum += gradient[i] * values[i];
      for (let i = at; i < at + units; i++) to[i] = values[i] * (gradient[i] - sum);
    }
  });
}

/** The softmax's logarithm over the last axis, in float64. */
export function logSoftmax(rt: Runtime, x: Tensor): Tensor {
  const units = x.shape[x.shape.length - 1];
  return rt.fill(x.shape, (to) => {
    const from = rt.view(x);
    for (let at = 0; at < from.length; at += units) {
      const { largest, total } = exponentials(from, at, units);
      const logTotal = largest + Math.log(total);
      for (let i = at; i < at + units; i++) to[i] = from[i] - logTotal;
    }
  });
}

/** dy − e^y · Σ dy */
export function logSoftmaxGradient(rt: Runtime, dy: Tensor, y: Tensor): Tensor {
  const units = y.shape[y.shape.length - 1];
  return rt.fill(y.shape, (to) => {
    const [gradient, values] = [rt.view(dy), rt.view(y)];
    for (let at = 0; at < values.length; at += units) {
      let sum = 0;
      for (let i = at; i < at + units; i++) sum += gradient[i];
      for (let i = at; i < at + units; i++) to[i] = gradient[i] - Math.exp(values[i]) * sum;
    }
  });
}

/** (logits, targets), batch × classes → mean loss, its gradient by the logits */
export function softmaxCrossEntropy(rt: Runtime, logits: Tensor, targets: Tensor): [Tensor, Tensor] {
  const [batch, classes] = logits.shape;
  let loss = 0;
  const gradient = rt.fill(logits.shape, (to) => {
    const [x, z] = [rt.view(logits), rt.view(targets)];
    for (let at = 0; at < x.length; at += classes) {
      const { largest, total } = exponentials(x, at, classes);
      const logTotal = largest + Math.log(total);
      for (let i = at; i < at + classes; i++) {
        loss += z[i] * (logTotal - x[i]);
        to[i] = (Math.exp(x[i] - largest) / total - z[i]) / batch;
      }
    }
  });
  return [scalar(rt, loss / batch), gradient];
}

/** (logits, targets), batch × units → mean loss, its gradient by the logits */
export function sigmoidCrossEntropy(rt: Runtime, logits: Tensor, targets: Tensor): [Tensor, Tensor] {
  let loss = 0;
  const gradient = rt.fill(logits.shape, (to) => {
    const [x, z] = [rt.view(logits), rt.view(targets)];
    x.forEach((value, i) => {
      // No overflow for confident outputs.
      loss += Math.max(value, 0) - value * z[i] + Math.log1p(Math.exp(-Math.abs(value)));
      to[i] = (1 / (1 + Math.exp(-value)) - z[i]) / x.length;
    });
  });
  const count = logits.shape.reduce((a, b) => a * b, 1);
  return [scalar(rt, loss / count), gradient];
}

function exponentials(
  values: Float32Array,
  first: number,
  count: number,
): { readonly largest: number; readonly total: number } {
  let largest = -Infinity;
  for (let i = first; i < first + count; i++) largest = Math.max(largest, values[i]);
  let total = 0;
  for (let i = first; i < first + count; i++) total += Math.exp(values[i] - largest);
  return { largest, total };
}

function scalar(rt: Runtime, value: number): Tensor {
  return rt.fill([], (to) => void (to[0] = value));
}
