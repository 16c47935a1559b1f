import type { Value } from '../../core/graph/lowering';
import type { PlanBuilder } from './builder';
import { total } from './penalty';

/** What `clip_grad_norm_` adds to the norm before it divides by it. */
const LEAST = 1e-6;

/**
 * Gradients of all weights, scaled down together where the norm of all of them is more than `most`: as
 * `torch.nn.utils.clip_grad_norm_`.
 */
export function clipped(gradients: readonly Value[], most: number, builder: PlanBuilder): Value[] {
  const { emit, constant } = builder;
  const squares = gradients.map((gradient) => {
    const square = emit({ op: 'binary', fn: 'multiply' }, [gradient, gradient], gradient.shape);
    return emit({ op: 'sumTo' }, [square], []);
  });
  if (squares.length === 0) return [];
  const norm = emit({ op: 'unary', fn: 'sqrt' }, [total(squares, builder)], []);
  const divisor = emit({ op: 'addConstant' }, [norm, constant([LEAST], [])], []);
  const share = emit({ op: 'binary', fn: 'divide' }, [constant([most], []), divisor], []);
  const factor = emit({ op: 'binary', fn: 'minimum' }, [share, constant([1], [])], []);
  return gradients.map((gradient) => emit({ op: 'multiplyConstant' }, [gradient, factor], gradient.shape));
}
