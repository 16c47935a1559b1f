import type { Described, Recogniser } from './recogniser';
import { Mismatch, type NetworkBuilder } from './network';

const IMAGENET: Readonly<Record<string, string>> = {
  'basic 2,2,2,2': 'ResNet-18',
  'basic 3,4,6,3': 'ResNet-34',
  'bottleneck 3,4,6,3': 'ResNet-50',
  'bottleneck 3,4,23,3': 'ResNet-101',
  'bottleneck 3,8,36,3': 'ResNet-152',
};

/** Where the average before the last layer is kept, if it is a layer. */
const AVERAGES = ['avgpool', 'avg_pool', 'global_pool', 'global_pool.pool', 'pool'] as const;

/** How the blocks of a network are made. */
interface Form {
  readonly kind: 'basic' | 'bottleneck';
  readonly stages: readonly number[];
  /** A 3×3 stem without pooling, for small images. */
  readonly small: boolean;
  readonly shortcuts: 'A' | 'B';
  readonly grouped: boolean;
}

/**
 * Residual networks as torchvision and the usual CIFAR code have them: `conv1`, `bn1`, `layerS.B.convN`, shortcuts
 * under `downsample` or `shortcut`, `fc` or `linear`.
 */
export const resnet: Recogniser = (net) => {
  if (!net.has('conv1') || !net.has('layer1.0.conv1')) return undefined;
  const form = formOf(net);
  const head = ['fc', 'linear'].find((name) => net.dict.tensors.has(`${net.prefix}${name}.weight`));
  if (head === undefined) throw new Mismatch('no fc or linear');
  const classes = net.dict.tensors.get(`${net.prefix}${head}.weight`)?.shape[0];
  const usual = form.small ? 1 : 2;
  const isUsual = net.strideOf('conv1', usual) === usual && net.tree.maxPool('maxpool') !== null;
  const input = net.input('conv1', isUsual ? inputSize(form, classes) : null);
  let value = net.relu(net.convolution('conv1', 'bn1', input, { stride: usual }), { within: '' });
  value = net.maxPool(value, 'maxpool', form.small ? undefined : { size: 3, stride: 2, padding: 1 });
  form.stages.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      value = residual(net, `layer${stage + 1}.${block}`, value, stride, form);
    }
  });
  const output = net.dense(head, net.globalAverage(value, AVERAGES));
  return { output, ...describe(form, net) };
};

function formOf(net: NetworkBuilder): Form {
  const stages: number[] = [];
  for (let stage = 1; net.has(`layer${stage}.0.conv1`); stage++) {
    let count = 0;
    while (net.has(`layer${stage}.${count}.conv1`)) count += 1;
    stages.push(count);
  }
  const [stem] = net.kernel('conv1');
  if (stem !== 3 && stem !== 7) throw new Mismatch(`a stem of ${stem} × ${stem}`);
  const kind = net.has('layer1.0.conv3') ? 'bottleneck' : 'basic';
  const inner = net.unit('layer1.0.conv2');
  const grouped = kind === 'bottleneck' && (inner?.weight.shape[1] ?? 0) < net.filters('layer1.0.conv1');
  const projected = stages.some((_, i) => i > 0 && shortcutOf(net, `layer${i + 1}.0`) !== undefined);
  return { kind, stages, small: stem === 3, shortcuts: projected ? 'B' : 'A', grouped };
}

function inputSize({ small }: Form, classes: number | undefined): number | null {
  if (small) return classes === 10 || classes === 100 ? 32 : null;
  return classes === 1000 ? 224 : null;
}

function residual(net: NetworkBuilder, path: string, input: string, stride: number, { kind }: Form): string {
  const conv = (n: number, value: string, step = 1): string =>
    net.convolution(`${path}.conv${n}`, `${path}.bn${n}`, value, { stride: step });
  const act = (value: string): string => net.relu(value, { within: path });
  let value: string;
  if (kind === 'basic') value = conv(2, act(conv(1, input, stride)));
  else value = conv(3, act(conv(2, act(conv(1, input)), stride)));
  const beside = shortcut(net, path, input, stride, net.channels(value));
  if (shortcutOf(net, path) === undefined) requireStride(net, path, stride, kind);
  return act(net.add2(value, beside, `${path}.add`));
}

/** Without a projection the shortcut has the step that the architecture has, so the convolutions must have it too. */
function requireStride(net: NetworkBuilder, path: string, stride: number, kind: Form['kind']): void {
  const steps = kind === 'basic' ? [stride, 1] : [1, stride, 1];
  const found = steps.reduce((all, step, i) => all * net.strideOf(`${path}.conv${i + 1}`, step), 1);
  if (found !== stride)
    net.tree.contradict(net.prefix + path, `has a stride of ${found} beside a shortcut of ${stride}`);
}

function shortcut(net: NetworkBuilder, path: string, input: string, stride: number, wanted: number): string {
  const projection = shortcutOf(net, path);
  if (projection !== undefined) {
    return net.convolution(`${projection}.0`, `${projection}.1`, input, { stride });
  }
  const missing = wanted - net.channels(input);
  if (stride === 1 && missing === 0) return input;
  if (missing < 0 || missing % 2 > 0) throw new Mismatch(`no shortcut in ${path}`);
  return net.subsampled(input, stride, missing / 2, missing / 2);
}

function shortcutOf(net: NetworkBuilder, path: string): string | undefined {
  return ['downsample', 'shortcut'].map((name) => `${path}.${name}`).find((name) => net.has(`${name}.0`));
}

function describe(
  { kind, stages, small, shortcuts, grouped }: Form,
  net: NetworkBuilder,
): Omit<Described, 'output'> {
  const blocks = stages.reduce((sum, count) => sum + count, 0);
  const depth = blocks * (kind === 'basic' ? 2 : 3) + 2;
  const known = IMAGENET[`${kind} ${stages.join(',')}`];
  const wide = kind === 'bottleneck' && net.filters('layer1.0.conv1') > 64;
  const name = grouped ? `ResNeXt-${depth}` : wide ? `Wide ResNet-${depth}` : (known ?? `ResNet-${depth}`);
  const stem = small ? 'a 3 × 3 stem' : 'a 7 × 7 stem';
  return {
    label: small ? `CIFAR ResNet-${depth}, option ${shortcuts}` : `${name} (torchvision)`,
    reason: `${stem} and ${stages.join(' + ')} ${kind} blocks under layer1 to layer${stages.length}`,
  };
}
