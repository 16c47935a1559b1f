import type { Graph } from '../../graph/graph';
import { tensorNameOf } from '../../graph/node';
import type { Shape } from '../../tensor/tensor';
import type { KernelLayout } from './units';

/** A tensor as a file has it. */
interface Entry {
  readonly shape: Shape;
}

/**
 * What is wrong with a state dict as PyTorch's modules would load it: parts of one module that do not fit together, and
 * convolutions of the network for which no weights of their shape are there. Looks only at names and shapes, and not at
 * how a network's tensors were given their keys.
 */
export function dictFaults(
  tensors: ReadonlyMap<string, Entry>,
  graph: Graph | undefined,
  layout: KernelLayout,
): string[] {
  return [...moduleFaults(tensors), ...(graph ? missingKernels(tensors, graph, layout) : [])];
}

function moduleFaults(tensors: ReadonlyMap<string, Entry>): string[] {
  const faults: string[] = [];
  for (const [key, { shape }] of tensors) {
    if (!key.endsWith('.running_mean')) continue;
    const module = key.slice(0, -'.running_mean'.length);
    const others = ['running_var', 'weight', 'bias'].flatMap((part) => {
      const tensor = tensors.get(`${module}.${part}`);
      return tensor ? [{ part, found: tensor.shape.join(' × ') }] : [];
    });
    if (!others.some(({ part }) => part === 'running_var')) faults.push(`${module}: running_var is missing`);
    for (const { part, found } of others) {
      const length = shape.join(' × ');
      if (found !== length) faults.push(`${module}: ${part} of ${found}, running_mean of ${length}`);
    }
  }
  return faults;
}

/** Each convolution wants weights of its own, [out, in / groups, h, w] or with the channels last. */
function missingKernels(
  tensors: ReadonlyMap<string, Entry>,
  { nodes }: Graph,
  layout: KernelLayout,
): string[] {
  const stored = new Map<string, number>();
  for (const { shape } of tensors.values()) {
    const key = kindOf(shape, layout);
    if (shape.length === 4) stored.set(key, (stored.get(key) ?? 0) + 1);
  }
  const wanted = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const node of nodes) {
    if (node.op !== 'conv2d' || seen.has(tensorNameOf(node, 'kernel'))) continue;
    seen.add(tensorNameOf(node, 'kernel'));
    const { kernelSize, filters } = node.attributes;
    // A selector is made of numbers that no file holds.
    if (Math.min(...kernelSize) < 2) continue;
    const key = `${filters}, ${[...kernelSize].join(' × ')}`;
    const names = wanted.get(key);
    if (names) names.push(node.name);
    else wanted.set(key, [node.name]);
  }
  return [...wanted].flatMap(([key, names]) => {
    const found = stored.get(key) ?? 0;
    return found < names.length
      ? [`${names.at(found) ?? ''}: ${found} kernels of ${key} for ${names.length} convolutions`]
      : [];
  });
}

/** Filters and window of a kernel. */
function kindOf(shape: Shape, layout: KernelLayout): string {
  const [height, width] = layout === 'oihw' ? shape.slice(2) : shape.slice(1, 3);
  return `${shape[0]}, ${height} × ${width}`;
}
