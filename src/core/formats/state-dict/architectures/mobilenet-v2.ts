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
  const act = (path: string, [, norm]: readonly [string, string], value: string): string =>
    net.relu(value, { at: behind(`${path}.${norm}`) }, 'relu6');
  let value = net.input('features.0.0', classes === 1000 ? 224 : null);
  value = act('features.0', names.ends, layer('features.0', names.ends, value, 2));
  for (let block = 1; block <= BLOCKS; block++) value = inverted(net, names, block, value);
  const last = `features.${BLOCKS + 1}`;
  value = act(last, names.ends, layer(last, names.ends, value));
  value = net.globalAverage(value, ['avgpool', 'pool']);
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
  const act = ([, norm]: readonly [string, string], value: string): string =>
    net.relu(value, { at: behind(`${path}.${norm}`) }, 'relu6');
  const { depthwise, project } = block === 1 ? names.first : names;
  const usual = STRIDED.has(block) ? 2 : 1;
  const expanded = block === 1 ? input : act(names.expand, layer(names.expand, input));
  const value = layer(project, act(depthwise, layer(depthwise, expanded, usual)));
  const stride = net.strideOf(`${path}.${depthwise[0]}`, usual);
  const isSame = stride === 1 && net.channels(value) === net.channels(input);
  // The block has decided when it was made; a stride that was changed later does not change that.
  const decided = net.tree.value(path, ['use_res_connect', 'identity']);
  if (decided === undefined && net.tree.isKnown && stride !== usual)
    net.tree.contradict(
      net.prefix + path,
      `has a stride of ${stride}, and does not say whether it adds its input`,
    );
  const adds = typeof decided === 'boolean' ? decided : isSame;
  return adds ? net.add2(value, input, `${path}.add`) : value;
}

/** The next one in a sequence. */
function behind(path: string): string {
  return path.replace(/\d+$/, (number) => String(Number(number) + 1));
}
