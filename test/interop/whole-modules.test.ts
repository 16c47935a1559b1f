import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpointFile } from '../../src/files/open';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { inspectFile } from '../../src/operations/inspect';
import { graphOf } from '../../src/operations/kit/network';
import { buildCases, hasCases, whyNoCases } from '../support/cases';
import { runTorch } from '../support/peers';
import { quiet } from '../support/quiet';
import { differenceToRecorded } from '../support/recorded';

/** What the file says is used: the size of the images, and how the pooling and the first stride are. */
const USED = [
  ...[['plain', 64] as const, ['small', 64] as const, ['gelu', 64] as const, ['leaky', 64] as const],
  ...[['no-relu', 64] as const, ['norms', 64] as const, ['dilated', 64] as const, ['same', 64] as const],
  ...[['pooled', 64] as const, ['cifar-norms', 32] as const, ['parallel', 64] as const],
  ...[['mobile', 64] as const, ['mobile-silu', 64] as const, ['mobile-last', 64] as const],
  ...[['mobile-flat', 64] as const, ['vgg', 224] as const],
];

/** What this product cannot say: the guess is dropped, and the reason names the layer. */
const DROPPED = [
  ['circular', 'layer1.0.conv2 pads with "circular" in place of zeros'],
  ['standardised', 'layer2.0.conv1 (Standardised) is not a Conv2d'],
  ['hooked', 'layer1 has forward hooks'],
  ['function', 'layer1.0 keeps the function torch._C._nn.gelu'],
  ['further', 'layer2.0.extra (Softshrink) has no place in it'],
  ['uneven', 'layer1.0 has several activations (GELU, ReLU)'],
  ['average', 'avgpool (AdaptiveAvgPool2d) is not an AdaptiveAvgPool2d(1)'],
  ['ceiled', 'maxpool is a MaxPool2d with settings that are not supported'],
  ['vgg-strided', 'its layers do not fit'],
  ['scripted', 'is a TorchScript archive, whose own code says how it computes and is not read'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'acnet-whole-modules-'));
const script = (name: string): string => join(import.meta.dirname, 'whole-modules', name);
const file = (name: string): string => join(folder, name);
let differences: Record<string, number> = {};

beforeAll(async () => {
  runTorch(script('make.py'), [folder]);
  const cases: object[] = [];
  for (const [name] of USED) {
    await convertFile(
      file(`${name}.pth`),
      file(`${name}.acnet.pth`),
      { variant: 'skeleton', branches: 'zero' },
      quiet,
    );
    await fuseFile(file(`${name}.acnet.pth`), file(`${name}.fused.pth`), { fold: false }, quiet);
    for (const [kind, ending] of [
      ['acnet', ''],
      ['fused', '_fused'],
    ])
      cases.push({
        file: file(`${name}.${kind}.pth`),
        module: file(`${name.replace('-', '_')}${ending}_acnet.py`),
        values: file(`${name}.values.pt`),
      });
  }
  writeFileSync(file('cases.json'), JSON.stringify(cases));
  differences = JSON.parse(runTorch(script('compare.py'), [file('cases.json')])) as Record<string, number>;
}, 900_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a whole module whose layers are other than its names say', () => {
  it.each(USED)('%s: computes as in PyTorch, and so does what is written of it', async (name, size) => {
    for (const kind of ['pth', 'acnet.pth', 'fused.pth'])
      expect(
        await differenceToRecorded({ path: file(`${name}.${kind}`), answer: file(name), size }),
        kind,
      ).toBeLessThanOrEqual(1e-5);
    for (const kind of ['acnet', 'fused'])
      expect(differences[file(`${name}.${kind}.pth`)], `${kind} in PyTorch`).toBeLessThanOrEqual(1e-5);
  });

  it.each(DROPPED)('%s: is no known network, because %s', async (name, reason) => {
    const { hasGraph, facts } = await inspectFile(file(`${name}.pth`));
    expect(hasGraph).toBe(false);
    expect(facts.find(({ label }) => label === 'Network')?.value).toContain(reason);
    const checkpoint = await openCheckpointFile(file(`${name}.pth`));
    expect(() => graphOf(checkpoint, 'evaluated')).toThrow(reason);
    checkpoint.close();
  });

  it('stays no known network when it was converted as weights alone', async () => {
    const options = { variant: 'skeleton', branches: 'zero', assumeNorms: true } as const;
    await convertFile(file('circular.pth'), file('circular.acnet.pth'), options, quiet);
    const { facts } = await inspectFile(file('circular.acnet.pth'));
    expect(facts.find(({ label }) => label === 'Network')?.value).toContain('pads with "circular"');
  });

  it('says that its dropout layers are left out', async () => {
    const { warnings } = await inspectFile(file('vgg.pth'));
    expect(warnings.join()).toContain('2 dropout layers in this file are left out when training here');
    expect((await inspectFile(file('plain.pth'))).warnings.join()).not.toContain('dropout');
  });
});

it.skipIf(!hasCases)(
  `a ResNet-18 for small images keeps its stride and its missing pooling${whyNoCases}`,
  async () => {
    buildCases('torch', ['whole_module'], folder);
    const { facts, sites } = await inspectFile(file('whole_module.pth'));
    expect(facts.find(({ label }) => label === 'Network')?.value).toContain(
      'settings and kinds of its layers are those in the file',
    );
    expect(sites[0].stride).toEqual([1, 1]);
    const output = file('whole_module.acnet.pth');
    await convertFile(file('whole_module.pth'), output, { variant: 'skeleton', branches: 'zero' }, quiet);
    const values = `import sys, torch; sys.path.insert(0, ${JSON.stringify(join(import.meta.dirname, '../../../shared/cases'))})
import torch_cases, types
main = sys.modules["__main__"]
main.ResNet18, main.Basic = torch_cases.ResNet18, torch_cases.Basic
net = torch.load(${JSON.stringify(file('whole_module.pth'))}, weights_only=False).eval()
x = torch.randn(2, 3, 32, 32)
with torch.no_grad(): torch.save({"input": x, "output": net(x)}, ${JSON.stringify(file('whole_module.values.pt'))})`;
    runTorch(values);
    writeFileSync(
      file('one.json'),
      JSON.stringify([
        { file: output, module: file('whole_module_acnet.py'), values: file('whole_module.values.pt') },
      ]),
    );
    const answers = JSON.parse(runTorch(script('compare.py'), [file('one.json')])) as Record<string, number>;
    expect(answers[output]).toBeLessThanOrEqual(1e-6);
  },
);
