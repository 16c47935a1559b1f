import type { GraphNode, NodeOf } from '../../../graph/graph';
import { NO_PADDING, type Pair } from '../../../graph/padding';
import type { NamedBlock } from '../block-names';
import { markerOf } from '../landings';
import { counter, normModule, NotInWords, type Shapes } from './functions';
import { join } from '../units';

/** The class of blocks in a generated module. Its names are the reference code's, its marker is this program's. */
export const BLOCK = `
def cut(x, sides):
    """An image without some rows and columns: above, below, left, right."""
    above, below, left, right = sides
    return x[:, :, above : x.shape[2] - below, left : x.shape[3] - right]


class AsymmetricBlock(nn.Module):
    """A square, a vertical and a horizontal convolution on one input, each with its batch norm, summed.

    The horizontal kernel lands on one row of the square one, the vertical kernel on one column. Where these are not the
    centre the buffer \`landing\` keeps them, so that whatever saves the weights saves where they belong.
    """

    def __init__(
        self, inputs, outputs, kernel, stride, padding, dilation, groups, landing, marked, lengths, biases, norms
    ):
        super().__init__()
        (height, width), (row, column), (vertical, horizontal) = kernel, landing, lengths
        common = dict(stride=stride, dilation=dilation, groups=groups)
        self.padding = padding
        self.place = [row, column]
        self.centre = [(height - 1) // 2, (width - 1) // 2]
        # Branches shorter than the square kernel are centred along it.
        above, left = (height - vertical) // 2, (width - horizontal) // 2
        tall = (above, height - vertical - above, column, width - 1 - column)
        wide = (row, height - 1 - row, left, width - horizontal - left)
        self.tall, self.wide = [
            (top * dilation[0], bottom * dilation[0], before * dilation[1], after * dilation[1])
            for top, bottom, before, after in (tall, wide)
        ]
        self.square_conv = nn.Conv2d(inputs, outputs, kernel, bias=biases[0], **common)
        self.square_bn = norms[0]
        self.ver_conv = nn.Conv2d(inputs, outputs, (vertical, 1), bias=biases[1], **common)
        self.ver_bn = norms[1]
        self.hor_conv = nn.Conv2d(inputs, outputs, (1, horizontal), bias=biases[2], **common)
        self.hor_bn = norms[2]
        if marked:
            self.register_buffer("landing", torch.tensor([float(row), float(column)]))

    def forward(self, x):
        x = F.pad(x, self.padding)
        square = self.square_bn(self.square_conv(x))
        vertical = self.ver_bn(self.ver_conv(cut(x, self.tall)))
        horizontal = self.hor_bn(self.hor_conv(cut(x, self.wide)))
        return square + vertical + horizontal

    def _load_from_state_dict(self, weights, prefix, *rest):
        """Weights whose branches land elsewhere are those of another network."""
        stored = weights.get(prefix + "landing")
        place = self.centre if stored is None else [round(index) for index in stored.tolist()]
        if place != self.place:
            found = prefix + "landing: the branches land on row and column " + str(place) + " in the weights"
            rest[-1].append(found + ", and on " + str(self.place) + " in this module")
        super()._load_from_state_dict(weights, prefix, *rest)

`;

/** A block put into words: what makes it, and the tensors that it then has. */
export interface BlockWords {
  readonly made: string;
  readonly tensors: Shapes;
}

/** What of the network and of the file a block is described from. */
export interface BlockParts {
  readonly block: NamedBlock;
  /** The node of a name. */
  readonly node: (name: string) => GraphNode | undefined;
  /** Channels that it reads. */
  readonly inputs: number;
  /** The sizes of a tensor that is written, by its key below the block. */
  readonly sizesOf: (key: string) => readonly number[] | undefined;
}

/** A convolution of a block with its batch norm. */
interface BlockPart {
  /** What its keys begin with. */
  readonly word: string;
  readonly conv: NodeOf<'conv2d'>;
  readonly norm: NodeOf<'batchNorm'> | undefined;
  readonly size: Pair;
}

/** @throws NotInWords if the block is not one that the class of a generated module can be. */
export function blockWords({ block, node, inputs, sizesOf }: BlockParts): BlockWords {
  const square = node(block.name);
  const branch = (side: string): Pick<BlockPart, 'conv' | 'norm'> => {
    const conv = node(`${block.name}_acb_${side}`);
    if (conv?.op !== 'conv2d') throw new NotInWords('a branch of a block is missing');
    return { conv, norm: normOf(node(`${block.name}_acb_${side}_bn`)) };
  };
  const [vertical, horizontal] = [branch('ver'), branch('hor')];
  if (square?.op !== 'conv2d') throw new NotInWords('a block of it has no square convolution');
  const { kernelSize, filters, strides, dilations, groups } = square.attributes;
  const tall = sizesOf('ver_conv.weight')?.[2] ?? vertical.conv.attributes.kernelSize[0];
  const wide = sizesOf('hor_conv.weight')?.[3] ?? horizontal.conv.attributes.kernelSize[1];
  const parts: readonly BlockPart[] = [
    { word: 'square', conv: square, norm: block.norm, size: kernelSize },
    { word: 'ver', ...vertical, size: [tall, 1] },
    { word: 'hor', ...horizontal, size: [1, wide] },
  ];
  const tensors = new Map<string, readonly number[]>();
  for (const { word, conv, norm, size } of parts) {
    tensors.set(`${word}_conv.weight`, [filters, inputs / groups, ...size]);
    if (conv.parameters.bias) tensors.set(`${word}_conv.bias`, [filters]);
    if (!norm) continue;
    for (const [key, shape] of normModule(norm, filters, 4).tensors)
      tensors.set(join(`${word}_bn`, key), shape);
    tensors.set(join(`${word}_bn`, counter), []);
  }
  const isMarked = sizesOf(markerOf('')) !== undefined;
  if (isMarked) tensors.set(markerOf(''), [2]);
  const pair = (values: readonly (number | string)[]): string => `(${values.join(', ')})`;
  const settings = [
    `landing=${pair([block.row, block.column])}`,
    `marked=${isMarked ? 'True' : 'False'}`,
    `lengths=${pair([tall, wide])}`,
    `biases=${pair(parts.map(({ conv }) => (conv.parameters.bias ? 'True' : 'False')))}`,
    `norms=${pair(parts.map(({ norm }) => (norm ? normModule(norm, filters, 4).made : 'nn.Identity()')))}`,
  ];
  const window = [kernelSize, strides, zerosOf(square), dilations].map(pair).join(', ');
  return {
    made: `AsymmetricBlock(${inputs}, ${filters}, ${window}, groups=${groups}, ${settings.join(', ')})`,
    tensors,
  };
}

function normOf(node: GraphNode | undefined): NodeOf<'batchNorm'> | undefined {
  return node?.op === 'batchNorm' ? node : undefined;
}

/** As `F.pad` takes them: left, right, top, bottom. */
function zerosOf({ attributes: { padding } }: NodeOf<'conv2d'>): number[] {
  if (padding === 'same') throw new NotInWords('the zeros around a block depend on the image');
  const { left, right, top, bottom } = padding === 'valid' ? NO_PADDING : padding;
  return [left, right, top, bottom];
}
