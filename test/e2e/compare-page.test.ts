// The Compare tab of the inspector's page as built, in a browser.
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { compareDone } from '../support/compare-states';
import { ERROR, state } from './support/states';
import { chooseOption, openTab, usePages } from './support/with-page';

const withPage = usePages();
const done = compareDone();

test('without a comparison it offers one, from the tab and from every other tab’s menu, and turns to what was asked for', async () => {
  await withPage({ state: state({ trusted: false }) }, async (view, page) => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Compare With…' }).click();
    await openTab(page, 'Compare');
    await page.getByText('Nothing is compared with this checkpoint yet.').waitFor();
    await page.getByRole('button', { name: 'Compare With…' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'compare' }, { type: 'compare' }]);
    assert.deepEqual(await view.axe(), []);
    // It turns to a comparison that was asked for, once.
    await openTab(page, 'Overview');
    await view.show(state({ compare: done }));
    await page.getByRole('tab', { name: 'Compare', selected: true }).waitFor();
    await openTab(page, 'Overview');
    await view.show(state({ compare: { ...done, phase: 'running' } }));
    await page.waitForTimeout(200);
    await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
    await view.show(state({ compare: { ...done, asked: 2 } }));
    await page.getByRole('tab', { name: 'Compare', selected: true }).waitFor();
  });
});

test('the equation, what it cannot show, and the reader’s choices', async () => {
  await withPage({ state: state({ compare: done }) }, async (view, page) => {
    await openTab(page, 'Compare');
    await page.getByRole('heading', { name: 'scene_net.keras → scene_net.acnet.fused.keras' }).waitFor();
    const whole = page.getByRole('region', { name: 'Whole model' });
    assert.deepEqual(await whole.getByRole('heading', { level: 3 }).allTextContents(), [
      'Before',
      'After',
      'After − before',
      'Effect of fusing',
      'Effect of training',
    ]);
    assert.deepEqual(
      await whole
        .getByRole('img', { name: /^(minus|equals)$/ })
        .evaluateAll((all) => all.map((sign) => sign.ariaLabel)),
      ['minus', 'equals'],
    );
    await whole.getByText('this does not show that training strengthened the skeleton').waitFor();
    await chooseOption(page, /^after/, 'Plain');
    assert.equal(await whole.getByRole('heading', { level: 3 }).count(), 3);
    await whole.getByRole('radio', { name: 'Raw' }).click();
    await whole.getByRole('radio', { name: '5×5' }).click();
    await whole.getByText('1 layer of 5×5').waitFor();
    await whole.getByRole('button', { name: 'Copy as CSV' }).click();
    const copied = (await view.sent()).at(-1);
    assert.ok(copied?.type === 'copy');
    assert.match(copied.text, /^position,Before,After,Difference\r\n/);
    assert.equal(copied.text.trim().split('\r\n').length, 26);
  });
});

test('Swap and Compare With… are the header’s, the usual actions in its menu', async () => {
  for (const width of [600, 1280]) {
    await withPage({ width, state: state({ compare: done }) }, async (view, page) => {
      await openTab(page, 'Compare');
      await page.getByRole('button', { name: 'Swap' }).click();
      if (width > 900) await page.getByRole('button', { name: 'Compare With…' }).click();
      await page.getByRole('button', { name: 'More actions' }).click();
      if (width < 900) await page.getByRole('menuitem', { name: 'Compare With…' }).click();
      else await page.getByRole('menuitem', { name: 'Convert to ACNet…' }).waitFor();
      assert.deepEqual(await view.sent(), [{ type: 'compareSwap' }, { type: 'compare' }]);
    });
  }
});

test('along the depth: measures, the strip by the keyboard, J and K', async () => {
  await withPage({ state: state({ compare: done }) }, async (_, page) => {
    await openTab(page, 'Compare');
    const depth = page.getByRole('region', { name: 'Change along the depth' });
    await depth.getByText('relative change, ‖ΔW‖ ÷ ‖W‖').waitFor();
    const strip = depth.getByRole('slider');
    await strip.focus();
    await page.keyboard.press('End');
    const last = done.result.matched.at(-1)?.name ?? '';
    assert.match(
      (await strip.getAttribute('aria-valuetext')) ?? '',
      new RegExp(`^${last}, 21 of 21, Relative change \\d`),
    );
    await page.keyboard.press('k');
    assert.match((await strip.getAttribute('aria-valuetext')) ?? '', /20 of 21/);
    await depth.getByRole('radio', { name: 'Cosine' }).click();
    await depth.getByText('cosine of before and after').waitFor();
    assert.match((await strip.getAttribute('aria-valuetext')) ?? '', /Cosine/);
  });
});

test('the table: largest first, sorted, filtered, walked through and copied; lists of the others; Enter opens a layer in Kernels', async () => {
  const lone = {
    name: 'head.conv',
    kernel: [3, 3] as const,
    shape: [3, 3, 8, 8],
    reason: 'several have this shape',
  };
  const result = { ...done.result, onlyAfter: [lone] };
  await withPage({ state: state({ compare: { ...done, result } }) }, async (view, page) => {
    await openTab(page, 'Compare');
    const section = page.getByRole('region', { name: 'Matched kernels' });
    const grid = section.getByRole('grid', { name: 'Matched kernels' });
    const changes = async () =>
      (await grid.locator('tbody tr td:nth-child(5)').allTextContents()).map(Number);
    const first = await changes();
    assert.equal(first.length, 20);
    assert.deepEqual(
      first,
      [...first].sort((a, b) => b - a),
    );
    await grid.getByRole('button', { name: 'Relative change' }).click();
    assert.deepEqual(await changes(), [...first].reverse());
    await grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    assert.equal(await grid.getAttribute('aria-activedescendant'), 'kernel-1');
    await section.getByRole('textbox').fill('layer2');
    await section.getByText(/^\d of 20 kernels shown\.$/).waitFor();
    await section.getByRole('button', { name: 'Copy as CSV' }).click();
    const copied = (await view.sent()).at(-1);
    assert.ok(copied?.type === 'copy');
    assert.match(copied.text, /^number,layer,layer after,shape,matched by,weights,relative change,/);
    await section.getByRole('textbox').fill('');
    await section.getByRole('radio', { name: 'Only after 1' }).click();
    await section.getByRole('cell', { name: 'several have this shape' }).waitFor();
    await section.getByRole('radio', { name: 'Identical 1' }).click();
    await section.getByText('1 of 1 kernels shown.').waitFor();
    await section.getByRole('textbox').fill('no such name');
    await section.getByText('No kernel matches.').waitFor();
    await section.getByRole('textbox').fill('');
    await grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Kernels', selected: true }).waitFor();
  });
});

test('while it runs: how far it is, and Stop; what went wrong, and again', async () => {
  const other = '/models/other.keras';
  const progress = { phase: 'Comparing kernels', done: 12, total: 55 };
  const running = { other, swapped: false, phase: 'running' as const, asked: 1, progress };
  await withPage({ state: state({ compare: running }) }, async (view, page) => {
    await openTab(page, 'Compare');
    await page.getByText('scene_net.keras and other.keras: 12 of 55 kernels').first().waitFor();
    const stop = page.getByRole('button', { name: 'Stop' });
    await stop.focus();
    await page.keyboard.press('Enter');
    await view.show(state({ compare: { other, swapped: false, phase: 'stopped', asked: 1 } }));
    await page.getByText('The comparison with other.keras was stopped.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'tab-compare');
    await page.getByRole('button', { name: 'Compare Again' }).click();
    await view.show(state({ compare: { other, swapped: false, phase: 'failed', asked: 1, error: ERROR } }));
    await page.getByRole('alert').getByText(ERROR.title).waitFor();
    await page.getByRole('button', { name: 'Try Again' }).click();
    await view.show(state({ compare: { ...done, outdated: true } }));
    await page.getByText('One of the two files has changed since this was compared').waitFor();
    assert.deepEqual(await view.sent(), [
      { type: 'compareStop' },
      { type: 'compareAgain' },
      { type: 'compareAgain' },
    ]);
    assert.deepEqual(await view.axe(), []);
  });
});

test('of a thousand kernels the table draws those in sight', async () => {
  const many = Array.from({ length: 1000 }, (_, i) => {
    const kernel = done.result.matched[1 + (i % 20)];
    return kernel && { ...kernel, name: `layer.${i}`, nameAfter: `layer.${i}` };
  }).flatMap((kernel) => kernel ?? []);
  const result = { ...done.result, matched: many };
  await withPage({ width: 900, state: state({ compare: { ...done, result } }) }, async (_, page) => {
    await openTab(page, 'Compare');
    const grid = page.getByRole('grid', { name: 'Matched kernels' });
    assert.ok((await grid.locator('tbody tr').count()) < 150);
    await grid.focus();
    await page.keyboard.press('End');
    await page.locator('#kernel-999').waitFor();
    await page
      .getByText(/^Layers \d+–1,000 of 1,000, around the selected one/)
      .waitFor({ state: 'attached' });
  });
});
