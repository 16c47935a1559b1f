// The table of sites, in a browser.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import type { InspectResult } from '../../src/contract/results';
import type { PageMessage } from '../../src/contract/page';
import { deepNet } from '../support/deep-net';
import { inspect, ready, state } from './support/states';
import { usePages } from './support/with-page';

const withPage = usePages();

const openKernels = async (page: Page) => {
  await page.getByRole('tab', { name: 'Kernels' }).click();
  await page.getByRole('heading', { name: 'Whole model' }).waitFor();
};
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);
/** The chosen layers of a `convert` or `ticked` message. */
const layersOf = (message?: PageMessage) => {
  assert.ok(message?.type === 'convert' || message?.type === 'ticked');
  return message.layers ?? [];
};
const siteAt = (index: number) => inspect.sites.at(index)?.name ?? '';
const chosenOf = (sites: InspectResult['sites']) =>
  sites.filter(({ selected }) => selected).map(({ name }) => name);

test('the table moves by arrows, Space toggles, and Convert sends the chosen sites', async () => {
  await withPage({ state: state() }, async (view, page) => {
    await page.getByRole('grid', { name: 'Sites' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Convert to ACNet…' }).click();
    const expected = new Set(chosenOf(inspect.sites));
    expected.delete(siteAt(0));
    expected.delete(siteAt(1));
    expected.add(siteAt(-2));
    const messages = await view.sent();
    assert.deepEqual(new Set(layersOf(messages.at(-1))), expected);
    // The host knows of each tick, for menus and title buttons.
    const told = messages.filter(({ type }) => type === 'ticked');
    assert.equal(told.length, 3);
    assert.deepEqual(new Set(layersOf(told.at(-1))), expected);
  });
});

test('ticks that are back to their defaults are told as such', async () => {
  await withPage({ state: state() }, async (view, page) => {
    await page.getByRole('grid', { name: 'Sites' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Space');
    await page.waitForFunction('window.sent.filter(({ type }) => type === "ticked").length === 2');
    const [ticked, ...rest] = await view.sent();
    assert.deepEqual(layersOf(ticked), chosenOf(inspect.sites).slice(1));
    assert.deepEqual(rest, [{ type: 'ticked' }]);
  });
});

test('Enter on a site opens its kernels', async () => {
  await withPage({ state: state() }, async (_, page) => {
    await page.getByRole('grid', { name: 'Sites' }).focus();
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `Layer ${siteAt(4)}` }).waitFor();
    assert.equal(await focusedText(page), 'Kernels');
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: `Layer ${siteAt(5)}` }).waitFor();
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('heading', { name: `Layer ${siteAt(4)}` }).waitFor();
  });
});

test('filter, Show, sort and select-all act on the table', async () => {
  await withPage({ state: state() }, async (view, page) => {
    await page.getByRole('textbox', { name: 'Filter by name' }).fill('STAGE3');
    const names = () => page.locator('table.sites tbody td .mono').allTextContents();
    assert.ok((await names()).every((name) => name.startsWith('stage3')));
    await page.getByRole('radio', { name: /^Cannot/ }).click();
    assert.deepEqual(await names(), ['stage3.0.project', 'stage3.1.shared']);
    await page.getByRole('radio', { name: /^Can convert/ }).click();
    await page.getByRole('button', { name: 'MACs, M' }).click();
    assert.equal((await names())[0], 'stage3.2.depthwise');
    await page.getByRole('button', { name: 'MACs, M' }).click();
    assert.equal((await names()).at(-1), 'stage3.2.depthwise');
    await page.getByRole('checkbox', { name: /Select all/ }).click();
    await page.getByRole('button', { name: 'Convert to ACNet…' }).click();
    const layers = layersOf((await view.sent()).at(-1));
    assert.ok(layers.length > 0 && layers.every((name) => !name.startsWith('stage3')));
  });
});

test('how the table is sorted is seen on its head, and survives a reload', async () => {
  await withPage({ state: state() }, async (view, page) => {
    const sorted = () => page.locator('th[aria-sort$="scending"]').allTextContents();
    const first = () => page.locator('table.sites tbody td .mono').first().textContent();
    assert.deepEqual(await sorted(), [], 'the order of the network');
    const head = page.getByRole('button', { name: 'MACs, M' });
    await head.click();
    await head.click();
    assert.deepEqual(await sorted(), ['MACs, M ↓']);
    const most = await first();
    await page.reload();
    await view.show(state());
    await page.getByRole('grid', { name: 'Sites' }).waitFor();
    assert.deepEqual(await sorted(), ['MACs, M ↓']);
    assert.equal(await first(), most);
    await head.click();
    assert.deepEqual(await sorted(), [], 'back to the order of the network');
    const order = page.getByRole('button', { name: '#', exact: true });
    await order.click();
    assert.deepEqual(await sorted(), ['# ↓'], 'from the output to the input');
    await order.click();
    assert.deepEqual(await sorted(), []);
  });
});

test('2,000 sites scroll without long tasks, and only those in sight are drawn', async () => {
  const deep = deepNet(2000);
  const options = { state: state({ inspect: ready(deep.inspect), kernels: ready(deep.kernels) }) };
  await withPage(options, async (view, page) => {
    await page.getByRole('grid', { name: 'Sites' }).waitFor();
    const longest = await longestStep(page, 3);
    const drawn = await page.locator('table.sites tbody tr').count();
    assert.ok(drawn < 150, `${drawn} rows are in the document`);
    console.log(`2,000 sites: at most ${longest} ms of work for one step of scrolling, the least of three`);
    assert.ok(longest <= 50, `${longest} ms of work for one step`);
    await page.getByRole('grid', { name: 'Sites' }).focus();
    await page.keyboard.press('End');
    await page.getByText(deep.inspect.sites[1999]?.name ?? '').waitFor();
    await view.page.evaluate(() => window.scrollTo(0, 0));
    await openKernels(page);
    await page.getByText('All layers', { exact: true }).click();
    assert.ok((await page.locator('table.numbers tbody tr').count()) < 200);
    await view.page.getByRole('slider').scrollIntoViewIfNeeded();
    await view.shoot('kernels-1500-layers-dark-1280', true);
  });
});

/** Two turns of a wheel in one frame, pixels. */
const STEP = 240;

/**
 * Scrolls down half the table, `times` times; the most work of the page's thread for one step, in milliseconds of processor
 * time, which other work on the machine hardly lengthens. Of each step the least counts: what a step takes always is its
 * own, a browser that tidies up in the middle of one is not.
 */
async function longestStep(page: Page, times: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const work = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000;
  };
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const least = new Map<number, number>();
  for (let time = 0; time < times; time++) {
    await page.evaluate(scrollTo, 0);
    for (let top = STEP; top < height / 2; top += STEP) {
      const before = await work();
      await page.evaluate(scrollTo, top);
      least.set(top, Math.min(least.get(top) ?? Infinity, (await work()) - before));
    }
  }
  return Math.round(Math.max(...least.values()));
}

/** Runs in the page. */
async function scrollTo(top: number): Promise<void> {
  window.scrollTo(0, top);
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
