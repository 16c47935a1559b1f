import { Mismatch, type NetworkBuilder } from './network';
import type { Recogniser } from './recogniser';

/** Blocks whose depthwise convolution has stride 2, of the 17 between stem and last layer. */
const STRIDED: ReadonlySet<number> = new Set([2, 4, 7, 14]);
const BLOCKS = 17;

/** Where the two usual codes keep the layers of a block: torchvision's, and the one it was ported from. */
interface Names {
  readonly label: string;
  /** Convolution and batch norm of the stem and the last layer. */
  readonly ends: readonly [conv: string, norm: string];
  readonly expand: readonly [conv: string, norm: string];
  readonly depthwise: readonly [conv: string, norm: string];
  readonly project: readonly [conv: string, norm: string];
  /** Of the first block, which expands nothing. */
  readonly first: {
    readonly depthwise: readonly [conv: string, norm: string];
    readonly project: readonly [conv: string, norm: string];
  };
}

const TORCHVISION: Names = {
  label: 'torchvision',
  ends: ['0', '1'],
  expand: ['conv.0.0', 'conv.0.1'],
  depthwise: ['conv.1.0', 'conv.1.1'],
  project: ['conv.2', 'conv.3'],
  first: { depthwise: ['conv.0.0', 'conv.0.1'], project: ['conv.1', 'conv.2'] },
};
const FLAT: Names = {
  label: 'tonylins',
  ends: ['0', '1'],
  expand: ['conv.0', 'conv.1'],
  depthwise: ['conv.3', 'conv.4'],
  project: ['conv.6', 'conv.7'],
  first: { depthwise: ['conv.0', 'conv.1'], project: ['conv.3', 'conv.4'] },
};

/** MobileNetV2 of any width: `features.0` to `features.18` and `classifier`. */
export const mobilenetV2: Recogniser = (net) => {
  if (!net.has('features.0.0') || !net.has(`features.${BLOCKS + 1}.0`)) return undefined;
  const names = [TORCHVISION, FLAT].find(({ first }) => net.has(`features.1.${first.project[0]}`));
  if (!names) throw new Mismatch('no block at features.1');
  const head = ['classifier.1', 'classifier'].find((path) =>
    net.dict.tensors.has(`${net.prefix}${path}.weight`),
  );
  const classes = net.dict.tensors.get(`${net.prefix}${head}.weight`)?.shape[0];
  const layer = (path: string, [conv, norm]: readonly [string, string], value: string, stride = 1): string =>
    net.convolution(`${path}.${conv}`, `${path}.${norm}`, value, { stride });
  let value = net.input('features.0.0', classes === 1000 ? 224 : null);
  value = net.relu(layer('features.0', names.ends, value, 2), 'relu6');
  for (let block = 1; block <= BLOCKS; block++) value = inverted(net, names, block, value);
  value = net.relu(layer(`features.${BLOCKS + 1}`, names.ends, value), 'relu6');
  value = net.globalAverage(value);
  const output = head === undefined ? value : net.dense(head, value);
  return {
    output,
    label: `MobileNetV2 (${names.label})${head === undefined ? ', without its classifier' : ''}`,
    reason: `${BLOCKS} inverted residual blocks under features`,
  };
};

function inverted(net: NetworkBuilder, names: Names, block: number, input: string): string {
  const path = `features.${block}`;
  const layer = ([conv, norm]: readonly [string, string], value: string, stride = 1): string =>
    net.convolution(`${path}.${conv}`, `${path}.${norm}`, value, { stride });
  const { depthwise, project } = block === 1 ? names.first : names;
  const stride = STRIDED.has(block) ? 2 : 1;
  const expanded = block === 1 ? input : net.relu(layer(names.expand, input), 'relu6');
  const value = layer(project, net.relu(layer(depthwise, expanded, stride), 'relu6'));
  const isSame = stride === 1 && net.channels(value) === net.channels(input);
  return isSame ? net.add2(value, input, `${path}.add`) : value;
}
