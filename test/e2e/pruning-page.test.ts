// The Pruning tab of the inspector's page as built, in a browser.
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { pruningDone, pruningRun } from '../support/run-states';
import { ERROR, PRUNE_JOB, plainNet, ready, state } from './support/states';
import { chooseOption, openTab, usePages } from './support/with-page';

const withPage = usePages();
const base = { inspect: ready(plainNet()) };
const running = () => state({ ...base, job: PRUNE_JOB, pruning: pruningRun() });

test('without images it asks for them, and Run says why it cannot', async () => {
  await withPage({ state: state(base) }, async (view, page) => {
    await openTab(page, 'Pruning');
    await page.getByText('No pruning check has been run on this file.').waitFor();
    await page
      .getByRole('button', { name: 'Run Pruning Check Not available: Choose images first' })
      .click({ force: true });
    await page.getByRole('button', { name: 'Choose Images…' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'chooseData' }]);
  });
});

test('it asks for the chosen groups, steps, seeds and images', async () => {
  await withPage({ state: state({ ...base, lastData: '/data/cifar10/test' }) }, async (view, page) => {
    await openTab(page, 'Pruning');
    await page.getByText('cifar10/test').waitFor();
    await page.getByRole('button', { name: 'Run Pruning Check' }).click();
    await chooseOption(page, 'Groups', 'All five, border variant too');
    await chooseOption(page, 'Seeds', '3');
    await chooseOption(page, 'Images', 'At most 200');
    await chooseOption(page, 'Steps', '2 %');
    await page.getByRole('button', { name: 'Run Pruning Check' }).click();
    const [first, second] = await view.sent();
    assert.deepEqual(first, {
      type: 'prune',
      groups: ['corner', 'skeleton', 'global'],
      ratios: [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.44, 0.45],
      seeds: 5,
    });
    assert.ok(second?.type === 'prune');
    assert.deepEqual(second.groups, ['corner', 'skeleton', 'global', 'square', 'border']);
    assert.deepEqual([second.seeds, second.limit, second.ratios?.length], [3, 200, 23]);
  });
});

test('a run shows its curves, what is to come, and the paper’s; Stop becomes Run and keeps the focus', async () => {
  await withPage({ state: running() }, async (view, page) => {
    await openTab(page, 'Pruning');
    await page.getByText('65 of 137 points').first().waitFor();
    await page.getByText('about 16 min left').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Stop' }).count(), 1, 'one Stop on the page');
    assert.equal(await page.locator('.line.faint').count(), 3);
    const row = page.getByRole('row', { name: /^13 / });
    assert.match((await row.textContent()) ?? '', /82\.3 ± 2\.3.*25\.5 ± 5\.9.*to come/);
    const stop = page.getByRole('button', { name: 'Stop' });
    await stop.focus();
    await page.keyboard.press('Enter');
    assert.deepEqual(await view.sent(), [{ type: 'cancelJob' }]);
    const { progress: _progress, ...rest } = pruningRun();
    await view.show(state({ ...base, pruning: { ...rest, phase: 'stopped' } }));
    await page.getByText('Stopped').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent?.slice(0, 20)), 'Run Again');
    assert.equal(await page.getByText('to come').count(), 0, 'nothing is still to come');
    assert.match((await row.textContent()) ?? '', /25\.5 ± 5\.9–/);
  });
});

test('nothing moves while points arrive', async () => {
  const empty = pruningRun({ curves: {} });
  await withPage({ state: state({ ...base, job: PRUNE_JOB, pruning: empty }) }, async (view, page) => {
    await openTab(page, 'Pruning');
    const places = () =>
      page.evaluate(() =>
        ['svg.lines', 'table.thresholds', 'table.wide-numbers tbody tr:last-child'].map((selector) => {
          const box = document.querySelector(selector)?.getBoundingClientRect();
          return [box?.left, box?.width, box?.height].map((side) => Math.round(side ?? -1));
        }),
      );
    const before = await places();
    await view.show(running());
    await page.getByText('65 of 137 points').first().waitFor();
    assert.deepEqual(await places(), before);
  });
});

test('the finished check reads out its points, and its numbers can be copied', async () => {
  await withPage({ state: state({ ...base, pruning: pruningDone() }) }, async (view, page) => {
    await openTab(page, 'Pruning');
    await page.getByText('This network leans on its skeleton.').waitFor();
    await page.getByText('images 32 × 32 × 3, pixels 0–255 × 1/255').waitFor();
    await page
      .getByText('when 10 % of the weights are taken from the skeleton; at 13 % from all positions; at 30 %')
      .waitFor();
    await page.getByRole('slider', { name: 'Sparsity' }).focus();
    for (let step = 0; step < 11; step++) await page.keyboard.press('ArrowRight');
    await page.getByText('10 %: corners 89.6 ± 0.9, skeleton 46.9 ± 7.9').waitFor();
    await page.getByRole('button', { name: 'Copy as CSV' }).first().click();
    const copied = (await view.sent())[0];
    assert.ok(copied?.type === 'copy');
    assert.match(copied.text, /^sparsity %,Corners mean %,Corners sample std,Skeleton mean %/);
    assert.equal(await page.getByText('The file has changed').count(), 0);
    await view.show(state({ ...base, pruning: { ...pruningDone(), outdated: true } }));
    await page.getByText('The file has changed since this was measured').waitFor();
    assert.match(copied.text, /\r\n10,89.63,0.9,46.9,7.85/);
    await chooseOption(page, 'Overlay', 'None');
    assert.equal(await page.locator('.line.faint').count(), 0);
  });
});

test('agreement is called agreement, and the paper’s numbers are not shown', async () => {
  await withPage({ state: state({ ...base, pruning: pruningDone('agreement') }) }, async (_, page) => {
    await openTab(page, 'Pruning');
    await page.getByRole('heading', { name: 'Agreement when weights are zeroed' }).waitFor();
    await page.getByText('Without labels this shows').waitFor();
    assert.equal(await page.locator('.line.faint').count(), 0);
    assert.equal(await page.getByText('accuracy').count(), 0);
  });
});

test('a failed check says why and keeps what was measured; Try Again runs it again', async () => {
  const { progress: _progress, ...rest } = pruningRun();
  const failed = state({
    ...base,
    lastData: '/data/a',
    pruning: { ...rest, phase: 'failed', error: { ...ERROR, title: 'The folder of images is gone' } },
  });
  await withPage({ state: failed }, async (view, page) => {
    await openTab(page, 'Pruning');
    await page.getByRole('alert').getByText('The folder of images is gone').waitFor();
    await page.getByText('What was measured before is shown below.').waitFor();
    await page.getByRole('row', { name: /^13 / }).waitFor();
    await page.getByRole('button', { name: 'Try Again' }).click();
    assert.equal((await view.sent())[0]?.type, 'prune');
  });
});

test('what cannot be pruned says so', async () => {
  const cases = [
    [{ trusted: false }, 'needs a trusted workspace'],
    [{ inspect: ready({ ...plainNet(), hasGraph: false }) }, 'weights without the network'],
    [
      { inspect: ready({ ...plainNet(), unsupported: ['Resizing'] }) },
      'A network with Resizing cannot be pruned',
    ],
    [{ inspect: ready({ ...plainNet(), sites: [] }) }, 'no k×k kernel to prune'],
  ] as const;
  for (const [change, words] of cases) {
    await withPage({ state: state({ ...base, ...change }) }, async (view, page) => {
      await openTab(page, 'Pruning');
      await page.getByText(words).first().waitFor();
      assert.deepEqual(await view.sent(), []);
    });
  }
});
