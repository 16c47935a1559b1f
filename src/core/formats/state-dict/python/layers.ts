import type { GraphNode, NodeOf } from '../../../graph/graph';
import { NO_PADDING, type Sides } from '../../../graph/padding';
import {
  channelsFirst,
  IMAGE_ORDER,
  NotInWords,
  plainOrder,
  transposedEnds,
  type ModuleWords,
  type Shapes,
} from './functions';

/** A convolution as a module, and the zeros that have to be put around its input before, where its own are not enough. */
interface ConvolutionWords {
  readonly words: ModuleWords;
  readonly before?: Sides;
}

/** `nn.Conv2d`, whose zeros are as many on opposite sides. @param inputs channels */
export function convolutionModule(node: NodeOf<'conv2d'>, inputs: number): ConvolutionWords {
  const { kernelSize, filters, strides, dilations, groups, padding } = node.attributes;
  if (padding === 'same') throw new NotInWords('the zeros around a convolution depend on the image');
  const sides = padding === 'valid' ? NO_PADDING : padding;
  const isEven = sides.top === sides.bottom && sides.left === sides.right;
  const zeros = isEven ? [sides.top, sides.left] : [0, 0];
  const pairs = [kernelSize, strides, zeros, dilations].map((pair) => `(${pair.join(', ')})`);
  const made = `nn.Conv2d(${inputs}, ${filters}, ${pairs.join(', ')}, groups=${groups}, bias=${biasOf(node)})`;
  const tensors = shapes(node, [filters, inputs / groups, ...kernelSize], filters);
  return { words: { made, tensors, order: IMAGE_ORDER }, ...(!isEven && { before: sides }) };
}

/** `nn.ConvTranspose2d`. @param inputs channels */
export function transposedModule(node: NodeOf<'conv2dTranspose'>, inputs: number): ModuleWords {
  const { kernelSize, filters, strides, dilations } = node.attributes;
  const { zeros, more } = transposedEnds(node.attributes);
  const pairs = [kernelSize, strides, zeros, more].map((pair) => `(${pair.join(', ')})`);
  const settings = `${pairs.join(', ')}, bias=${biasOf(node)}, dilation=(${dilations.join(', ')})`;
  const made = `nn.ConvTranspose2d(${inputs}, ${filters}, ${settings})`;
  return { made, tensors: shapes(node, [inputs, filters, ...kernelSize], filters), order: IMAGE_ORDER };
}

/** `nn.Linear`. @param inputs channels @param rank of the input */
export function linearModule(node: NodeOf<'dense'>, inputs: number, rank: number): ModuleWords {
  const { units } = node.attributes;
  const made = `nn.Linear(${inputs}, ${units}, bias=${biasOf(node)})`;
  return { made, tensors: shapes(node, [units, inputs], units), order: plainOrder(rank) };
}

/** `nn.PReLU`, which has one slope or one for each channel. @param rank of the input */
export function preluModule(
  { attributes: { sharedAxes } }: NodeOf<'prelu'>,
  slopes: number,
  channels: number,
  rank: number,
): ModuleWords {
  const shared = Array.from({ length: rank - 2 }, (_, i) => i + 1).join();
  const isPerChannel = [...sharedAxes].sort((a, b) => a - b).join() === shared && slopes === channels;
  if (slopes !== 1 && !isPerChannel) throw new NotInWords('slopes of a PReLU are not one for each channel');
  return {
    made: `nn.PReLU(${slopes})`,
    tensors: new Map([['weight', [slopes]]]),
    order: channelsFirst(rank),
  };
}

function biasOf({ parameters }: GraphNode): 'True' | 'False' {
  return parameters.bias ? 'True' : 'False';
}

/** Sizes of a layer's weight, and of its bias if it has one. */
function shapes({ parameters }: GraphNode, weight: readonly number[], outputs: number): Shapes {
  const bias = parameters.bias ? [['bias', [outputs]] as const] : [];
  return new Map([['weight', weight] as const, ...bias]);
}
