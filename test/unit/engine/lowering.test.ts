import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import type { Capabilities } from '../../../src/engine/tensorflow/capabilities';
import { convolutionTarget } from '../../../src/engine/tensorflow/convolution';
import { networkLoss, numericalGradient } from '../../support/losses';
import { loweringCases } from '../../support/lowering-cases';
import { referenceOutputs, tensor } from '../../support/reference';

interface Answer {
  readonly capabilities: Capabilities;
  readonly cases: ReadonlyArray<{
    readonly name: string;
    readonly output: readonly number[];
    readonly loss: number;
    readonly gradients: ReadonlyArray<readonly [string, readonly number[]]>;
  }>;
}

let folder: string;
const answers = new Map<string, Answer>();
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'acnet-lowering-'));
  const file = path.join(folder, 'run.cjs');
  await build({ ...nodeBundle('test/support/lowering-run.ts', file), metafile: false });
  for (const oneDnn of ['0', '1']) {
    const env = { ...process.env, TF_ENABLE_ONEDNN_OPTS: oneDnn };
    answers.set(
      oneDnn,
      JSON.parse(execFileSync(process.execPath, [file], { env, encoding: 'utf8' })) as Answer,
    );
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['without oneDNN', '0', false],
  ['with oneDNN', '1', true],
])('TensorFlow %s', (_, oneDnn, able) => {
  const answer = (): Answer => {
    const found = answers.get(oneDnn);
    if (!found) throw new Error('no answer');
    return found;
  };

  it(`has ${able ? 'all' : 'no'} gradients of grouped and dilated convolutions`, () => {
    expect(answer().capabilities).toMatchObject({
      float32: { groupedGradients: able, dilatedGradients: able },
    });
  });

  it.each(loweringCases().map((test) => [test.name, test] as const))(
    '%s: output, loss and gradients',
    (name, test) => {
      const found = answer().cases.find((one) => one.name === name);
      if (!found) throw new Error(`no ${name}`);
      const input = tensor([2, 8, 9, 3], test.input);
      const whole = { ...test, input, loss: 'categorical' as const };
      const [{ data }] = referenceOutputs(test.network, [input]);
      found.output.forEach((value, i) => expect(value).toBeCloseTo(data[i], 5));
      expect(found.loss).toBeCloseTo(networkLoss(whole), 5);
      expect(found.gradients).toHaveLength(test.network.tensors.size);
      for (const [weight, gradient] of found.gradients) {
        const largest = Math.max(...gradient.map(Math.abs));
        expect(largest).toBeGreaterThan(0);
        const picked = [
          0,
          gradient.length - 1,
          Math.floor(gradient.length / 2),
          gradient.findIndex((v) => Math.abs(v) === largest),
        ];
        numericalGradient(whole, weight, picked).forEach((expected, i) => {
          expect(Math.abs(gradient[picked[i]] - expected), weight).toBeLessThan(1e-4 * largest + 1e-8);
        });
      }
    },
  );
});

it('bfloat16 without convolutions of its own is computed with those of float32', () => {
  const float32 = { groupedGradients: true, dilatedGradients: false };
  const capabilities = { float32, bfloat16Norms: true, ownConvolutions: false };
  const wide = convolutionTarget('bfloat16', capabilities);
  expect(wide).toEqual({
    precision: 'bfloat16',
    widened: true,
    ...float32,
    ownConvolutions: false,
    bfloat16Norms: true,
  });
  const bfloat16 = { groupedGradients: false, dilatedGradients: false };
  const narrow = convolutionTarget('bfloat16', { ...capabilities, bfloat16 });
  expect(narrow).toEqual({
    precision: 'bfloat16',
    widened: false,
    ...bfloat16,
    ownConvolutions: false,
    bfloat16Norms: true,
  });
  const plain = convolutionTarget(undefined, capabilities);
  expect(plain).toEqual({
    precision: 'float32',
    widened: false,
    ...float32,
    ownConvolutions: false,
    bfloat16Norms: false,
  });
});
