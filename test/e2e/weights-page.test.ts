// What the page shows of weights by name: what can be done with them, and what is missing for the rest.
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { InspectResult, SiteResult } from '../../src/contract/results';
import { illegible } from './support/legibility';
import { THEMES, inspect, ready, state } from './support/states';
import { openTab, usePages } from './support/with-page';

const withPage = usePages();

const site = (name: string, change: Partial<SiteResult>): SiteResult => ({
  ...inspect.sites[0],
  kernel: [3, 3],
  ...{ kind: 'plain', eligible: true, selected: true, batchNorm: 'none', macs: null, output: null },
  name,
  ...change,
});

const OTHER_BLOCK = 'part of a block of another kind, RepVGG: recognised, and no ACB';
const WEIGHTS: InspectResult = {
  ...inspect,
  formatLabel: 'PyTorch',
  hasGraph: false,
  trainableParameters: null,
  macs: null,
  inputs: [],
  outputs: [],
  inputShapes: [],
  outputShapes: [],
  unsupported: [],
  architecture: { state: 'unknown' },
  warnings: ['blocks of other kinds, recognised, not ACB, and left as they are: RepVGG (1)'],
  facts: [{ label: 'Network', value: 'unknown: this is a weights-only file' }],
  sites: [
    site('stem.conv', {
      batchNorm: 'separate',
      normByName: 'stem.bn',
      reason: 'stem.bn looks like its batch norm (by name only)',
    }),
    site('body.acb', { kind: 'acb', eligible: false, selected: false, batchNorm: 'absorbed' }),
    site('tail.rbr_dense.conv', { eligible: false, selected: false, reason: OTHER_BLOCK }),
  ],
};

test('weights whose network is unknown can be converted and fused; the rest says what is missing', async () => {
  await withPage({ state: state({ inspect: ready(WEIGHTS) }) }, async (view, page) => {
    await page.getByText('stem.bn looks like its batch norm (by name only)').waitFor();
    await page.getByText('by its name', { exact: true }).waitFor();
    await page.getByText(OTHER_BLOCK).waitFor();
    await page.getByRole('button', { name: 'Convert to ACNet…', exact: true }).click();
    await page.getByRole('button', { name: 'Fuse', exact: true }).click();
    assert.deepEqual(await view.sent(), [{ type: 'convert', layers: ['stem.conv'] }, { type: 'fuse' }]);
    for (const [name, done] of [
      ['Fine-Tune…', 'trained'],
      ['Verify', 'run'],
      ['Export As…', 'exported'],
    ]) {
      const missing = `cannot be ${done}: how the layers are connected is missing`;
      await page.getByRole('button', { name: new RegExp(`^${name}.*${missing}`) }).waitFor();
    }
    for (const tab of ['Pruning', 'Training']) {
      await openTab(page, tab);
      await page.getByText('how the layers are connected is missing').first().waitFor();
    }
  });
});

const architecture = {
  assumed: { state: 'assumed', label: 'CIFAR ResNet-56, option A', reason: 'a 3 × 3 stem' },
  attached: { state: 'attached', label: 'network of net.onnx', reason: 'as asked for' },
} as const;
const KNOWN: InspectResult = { ...WEIGHTS, hasGraph: true, warnings: [] };

test.each([
  [WEIGHTS, undefined, 'which network they are of is unknown', false],
  [
    { ...KNOWN, architecture: architecture.assumed },
    undefined,
    'CIFAR ResNet-56, option A, because of a 3 × 3',
    false,
  ],
  [
    { ...KNOWN, architecture: architecture.attached },
    '/m/net.onnx',
    'network of net.onnx, which was attached',
    true,
  ],
  [
    { ...KNOWN, architecture: architecture.attached },
    undefined,
    'network of net.onnx, which lies beside',
    true,
  ],
] as const)(
  'says where the network is from, and takes another: %#',
  async (value, chosen, words, attached) => {
    const shown = state({ inspect: ready(value), ...(chosen && { architecture: chosen }) });
    await withPage({ state: shown }, async (view, page) => {
      await page.getByRole('heading', { name: 'Architecture' }).waitFor();
      await page.getByText(words).waitFor();
      await page.getByRole('button', { name: attached ? 'Attach Another…' : 'Attach Architecture…' }).click();
      const detach = page.getByRole('button', { name: 'Detach Architecture' });
      assert.equal(await detach.count(), attached ? 1 : 0);
      if (attached) await detach.click();
      const sent = attached ? ['attachArchitecture', 'detachArchitecture'] : ['attachArchitecture'];
      assert.deepEqual(
        (await view.sent()).map(({ type }) => type),
        sent,
      );
      assert.deepEqual(await view.axe(), []);
      await view.shoot(`architecture-${value.architecture?.state ?? 'none'}-dark-1280`);
    });
  },
);

test('layers have an order from input to output where a network says it', async () => {
  await withPage({ state: state({ inspect: ready(WEIGHTS) }) }, async (view, page) => {
    await openTab(page, 'Kernels');
    await page.getByText(/layers?, in the order of the file/).waitFor();
    await view.show(state());
    await page.getByText(/layers, input to output/).waitFor();
  });
});

test('a checkpoint that holds its network says nothing of architectures', async () => {
  await withPage({ state: state() }, async (_, page) => {
    await page.getByRole('heading', { name: 'Sites' }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Architecture' }).count(), 0);
  });
});

test('a model that does not fit can be taken away again', async () => {
  const error = { title: 'the weights do not make the network of net.onnx' };
  const shown = state({ inspect: { phase: 'error', error }, architecture: '/m/net.onnx' });
  await withPage({ state: shown }, async (view, page) => {
    await page.getByRole('button', { name: 'Detach Architecture' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'detachArchitecture' }]);
    assert.deepEqual(await view.axe(), []);
    await view.shoot('architecture-error-dark-1280');
  });
});

test.each(THEMES)('weights whose network is unknown are accessible in %s, at any width', async (theme) => {
  await withPage({ theme, width: 600, state: state({ inspect: ready(WEIGHTS) }) }, async (view, page) => {
    for (const width of [600, 900, 1400]) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(100);
      assert.deepEqual(await illegible(page), [], `at ${width} px`);
      await view.shoot(`weights-${theme}-${width}`);
    }
    assert.deepEqual(await view.axe(), []);
  });
});
