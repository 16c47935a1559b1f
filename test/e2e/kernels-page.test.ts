// One layer from near on the Kernels tab, as built, in a browser.
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { slicesState } from '../support/slices-state';
import { acnet, kernels, ready, state } from './support/states';
import { openTab, usePages } from './support/with-page';

const withPage = usePages();
const FIRST = kernels.layers.find(({ kernel }) => kernel.join('x') === '3x3')?.name ?? '';

test('filters are asked for where the reader stays, once', async () => {
  await withPage({ state: state() }, async (view, page) => {
    await openTab(page, 'Kernels');
    await page.getByRole('heading', { name: `Layer ${FIRST}` }).waitFor();
    await page.waitForTimeout(400);
    const before = (await view.sent()).length;
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.waitForTimeout(400);
    const asked = await view.sent();
    assert.equal(asked.length, before + 1, 'layers that were passed are not read');
    assert.deepEqual(asked[0], { type: 'kernelSlices', layer: FIRST });
  });
});

test('filters are drawn by norm, dead ones marked; another one is chosen by the keyboard', async () => {
  const shown = state({ slices: slicesState(FIRST, 'plain') });
  await withPage({ state: shown }, async (view, page) => {
    await openTab(page, 'Kernels');
    await page.getByRole('heading', { name: '64 filters' }).waitFor();
    await page.getByText('dead: |γ| < 0.01 (2)').waitFor();
    assert.equal(await page.locator('.strip .flag').count(), 2);
    await page.getByRole('slider', { name: 'Filter' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('radio', { name: 'By index' }).click();
    await page.getByRole('combobox', { name: 'Input' }).selectOption('3');
    const [last, input] = await view.sent();
    assert.ok(
      last?.type === 'kernelSlices' && (last.filter === 1 || last.filter === 6),
      'a dead filter is last',
    );
    assert.ok(input?.type === 'kernelSlices' && input.input === 3);
    await page.getByRole('heading', { name: 'Slice', exact: true }).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'ACB branches' }).count(), 0);
    await page.getByRole('region', { name: 'Filters' }).getByRole('button', { name: 'Copy as CSV' }).click();
    const copied = (await view.sent()).at(-1);
    assert.ok(copied?.type === 'copy');
    assert.equal(copied.text.trim().split('\r\n').length, 65);
  });
});

test('an ACB’s branches are drawn as an equation of signed slices', async () => {
  const shown = state({ inspect: ready(acnet()), slices: slicesState(FIRST, 'acb') });
  await withPage({ state: shown }, async (view, page) => {
    await openTab(page, 'Kernels');
    const section = page.getByRole('region', { name: 'ACB branches' });
    await section.waitFor();
    assert.deepEqual(await section.getByRole('heading', { level: 3 }).allTextContents(), [
      'Square',
      'Horizontal',
      'Vertical',
      'Fused',
      'Whole block',
    ]);
    assert.equal(await section.getByRole('img', { name: 'plus' }).count(), 2);
    assert.equal(await section.getByRole('img', { name: 'equals' }).count(), 1);
    const numbers = async (title: string) => {
      const words =
        (await section.getByRole('img', { name: new RegExp(`^${title}: `) }).getAttribute('aria-label')) ??
        '';
      return [...words.matchAll(/([+−]?[\d.]+|–)(?=,|$)/g)].map(([, text]) =>
        text === '–' ? 0 : Number(text?.replace('−', '-')),
      );
    };
    const [square, horizontal, vertical, fused] = await Promise.all(
      ['Square', 'Horizontal', 'Vertical', 'Fused'].map(numbers),
    );
    assert.equal(fused?.length, 9);
    fused.forEach((value, index) => {
      const sum = (square?.[index] ?? NaN) + (horizontal?.[index] ?? NaN) + (vertical?.[index] ?? NaN);
      assert.ok(Math.abs(sum - value) < 0.0021, `${index}: ${sum} is not ${value}`);
    });
    assert.equal(await section.locator('.equation .void').count(), 12);
    // Between magnitudes nothing is added.
    const whole = page.getByRole('region', { name: 'Whole model' });
    assert.equal(await whole.getByRole('img', { name: 'plus' }).count(), 0);
    assert.deepEqual(await view.axe(), []);
  });
});

test('a layer that cannot be read says why, and can be tried again', async () => {
  const data = { phase: 'error' as const, error: { title: 'The file is gone' } };
  await withPage({ state: state({ slices: { layer: FIRST, data } }) }, async (view, page) => {
    await openTab(page, 'Kernels');
    await page.getByRole('alert').getByText('The file is gone').waitFor();
    await page.getByRole('button', { name: 'Try Again' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'kernelSlices', layer: FIRST }]);
  });
});

test('a layer of many filters shows those around the chosen one', async () => {
  await withPage(
    { width: 900, state: state({ slices: slicesState(FIRST, 'plain', 512) }) },
    async (_, page) => {
      await openTab(page, 'Kernels');
      await page.getByText(/^Filters 1–\d+ of 512/).waitFor();
      assert.ok((await page.locator('[aria-label="Filters"] .strip g').count()) < 200);
    },
  );
});
