// The inspector's page as built, in a browser, under the webview's content security policy.
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { test } from 'vitest';
import { ERROR, JOB, THEMES, acnet, inspect, kernels, plainNet, ready, state } from './support/states';
import { openTab, usePages } from './support/with-page';
import type { Matrix } from '../../src/shared/matrix';

const withPage = usePages();

const openKernels = async (page: Page) => {
  await page.getByRole('tab', { name: 'Kernels' }).click();
  await page.getByRole('heading', { name: 'Whole model' }).waitFor();
};
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent);
const textOf = async (place: Locator) => (await place.textContent()) ?? '';
const spoken = async (place: Locator) => (await place.getAttribute('aria-label')) ?? '';

test('the page says ready and shows nothing before it has a state', async () => {
  await withPage({}, async (_, page) => {
    assert.deepEqual(await page.evaluate('window.sent'), [{ type: 'ready' }]);
    assert.equal((await textOf(page.locator('main'))).trim(), '');
  });
});

for (const theme of THEMES) {
  for (const width of [1280, 600]) {
    test(`accessible and free of violations: ${theme}, ${width} px`, async () => {
      await withPage({ theme, width, state: state() }, async (view, page) => {
        assert.deepEqual(await view.axe(), []);
        await view.shoot(`overview-${theme}-${width}`);
        await openKernels(page);
        await page.getByText('All layers', { exact: true }).click();
        await page.getByText('Table of these numbers').first().click();
        assert.deepEqual(await view.axe(), []);
        await page.getByText('All layers', { exact: true }).click();
        await page.getByText('Table of these numbers').first().click();
        await view.shoot(`kernels-${theme}-${width}`);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(sideways <= 0, `the page scrolls sideways by ${sideways} px`);
      });
    });
  }
}

test('all actions but Compare With… have room in the header at 900 px, and are a menu below that', async () => {
  const labels = ['Convert to ACNet…', 'Fine-Tune…', 'Fuse', 'Verify', 'Export As…'];
  await withPage({ width: 900, state: state() }, async (view, page) => {
    const toolbar = page.getByRole('toolbar', { name: 'Actions on this checkpoint' });
    const more = await toolbar.getByRole('button').count();
    assert.equal(more, labels.length + 1, 'and a menu of what is left');
    const tops = new Set<number>();
    for (const label of labels) {
      const box = await toolbar.getByRole('button', { name: new RegExp(`^${label}`) }).boundingBox();
      tops.add(Math.round(box?.y ?? -1));
    }
    assert.equal(tops.size, 1, 'they stand in one row');
    await view.shoot('header-dark-900');
    await page.setViewportSize({ width: 899, height: 900 });
    await page.getByRole('button', { name: 'More actions' }).click();
    assert.deepEqual(await page.getByRole('menuitem').allTextContents(), [
      ...labels.slice(1),
      'Compare With…',
    ]);
  });
});

test('a network is exported from the header', async () => {
  await withPage({ state: state({ inspect: ready(plainNet()) }) }, async (view, page) => {
    await page.getByRole('button', { name: 'Export As…' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'exportAs' }]);
  });
});

for (const width of [900, 1400]) {
  test(`nothing scrolls sideways at ${width} px`, async () => {
    await withPage({ width, state: state() }, async (view, page) => {
      await openKernels(page);
      await view.shoot(`kernels-dark-${width}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    });
  });
}

test('tabs move by arrows, Home and End, and are remembered', async () => {
  await withPage({ state: state() }, async (view, page) => {
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await focusedText(page), 'Kernels');
    await page.getByRole('heading', { name: 'Whole model' }).waitFor();
    await page.keyboard.press('Home');
    await page.getByRole('heading', { name: 'Sites' }).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('tab', { name: 'Training', selected: true }).waitFor();
    await page.reload();
    await view.show(state());
    await page.getByRole('tab', { name: 'Training', selected: true }).waitFor();
  });
});

test('each tab keeps its place, also while the editor is hidden', async () => {
  await withPage({ height: 400, state: state() }, async (view, page) => {
    const place = () => page.evaluate(() => Math.round(window.scrollY));
    const scroll = async (top: number) => {
      await page.evaluate((to) => window.scrollTo(0, to), top);
      await page.waitForTimeout(300);
    };
    await openKernels(page);
    await scroll(900);
    await openTab(page, 'Overview');
    const tabs = await page.getByRole('tablist').boundingBox();
    const checkpoint = await page.getByRole('heading', { name: 'Checkpoint' }).boundingBox();
    assert.ok((checkpoint?.y ?? 0) > (tabs?.y ?? 0) + 30, 'a tab begins at its top');
    await scroll(200);
    await openTab(page, 'Kernels');
    assert.equal(await place(), 900);
    await page.reload();
    // As after a long time: the kernels come later than the header.
    await view.show(state({ kernels: { phase: 'loading' } }));
    await page.getByRole('tab', { name: 'Kernels', selected: true }).waitFor();
    await view.show(state());
    await page.getByRole('heading', { name: 'Whole model' }).waitFor();
    await page.waitForTimeout(100);
    assert.equal(await place(), 900);
    await openTab(page, 'Overview');
    assert.equal(await place(), 200);
  });
});

test('kernels are asked for once, when their tab is opened', async () => {
  const waiting = state({ kernels: { phase: 'idle' } });
  await withPage({ state: waiting }, async (view, page) => {
    assert.deepEqual(await view.sent(), []);
    await page.evaluate(timeSilence, 'Reading the kernels');
    await page.getByRole('tab', { name: 'Kernels' }).click();
    await page.waitForFunction("window.sent.some(({ type }) => type === 'loadKernels')");
    await view.show({ ...waiting, kernels: { phase: 'loading' } });
    await page.getByText('Reading the kernels').waitFor();
    const silence = await page.evaluate('window.silence');
    assert.ok(Number(silence) >= 295, `nothing for 300 ms (${String(silence)} ms)`);
    await view.shoot('loading-dark-1280');
    assert.deepEqual(await view.axe(), []);
    await view.show(state());
    await page.getByRole('heading', { name: 'Whole model' }).waitFor();
    assert.deepEqual(await view.sent(), [{ type: 'loadKernels' }]);
  });
});

test('switches change the equation, and the numbers can be copied', async () => {
  await withPage({ state: state() }, async (view, page) => {
    await openKernels(page);
    const own = page.getByRole('img', { name: /^This checkpoint: top left/ });
    const three = kernels.sizes['3x3'];
    const numberOf = (matrix?: Matrix) => matrix?.[0]?.[0]?.toFixed(3) ?? 'none';
    assert.ok((await spoken(own)).includes(`top left ${numberOf(three?.raw)}`));
    await page.getByRole('radio', { name: 'BN-fused' }).click();
    assert.ok((await spoken(own)).includes(`top left ${numberOf(three?.fused)}`));
    await page.getByRole('radio', { name: 'ACNet' }).click();
    await page
      .getByRole('img', { name: /^Untrained ACNet: top left 0.378/ })
      .first()
      .waitFor();
    await page.getByRole('radio', { name: '7×7' }).click();
    await page.getByText('figure 6 is of 3×3 kernels').waitFor();
    await view.shoot('kernels-7x7-dark-1280');
    await page.getByRole('radio', { name: '3×3' }).click();
    await page.getByRole('radio', { name: 'Data range' }).click();
    await page.getByRole('button', { name: 'Copy as CSV' }).first().click();
    const message = (await view.sent()).at(-1);
    assert.ok(message?.type === 'copy');
    assert.match(message.text, /^position,"This checkpoint, raw","This checkpoint, BN-fused",/);
    assert.equal(message.text.trim().split('\r\n').length, 10);
  });
});

test('an error says what, where, expected and found, and offers Try Again and Show Log', async () => {
  await withPage({ state: state({ inspect: { phase: 'error', error: ERROR } }) }, async (view, page) => {
    const alert = page.getByRole('alert');
    for (const text of Object.values(ERROR)) assert.ok((await textOf(alert)).includes(text), text);
    await page.getByRole('button', { name: 'Try Again' }).click();
    await page.getByRole('button', { name: 'Show Log' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'retry' }, { type: 'showLog' }]);
    assert.deepEqual(await view.axe(), []);
    await view.shoot('error-dark-1280');
  });
});

test('a running job shows done, total and time left; Stop sends cancel and the focus stays on the page', async () => {
  await withPage({ state: state({ job: JOB }) }, async (view, page) => {
    await page.getByText('Calibrating: 31 of 55').first().waitFor();
    await page.getByText('2 s left').waitFor();
    assert.deepEqual(await view.axe(), []);
    await view.shoot('job-dark-1280');
    const convert = page.getByRole('button', { name: /^Convert to ACNet/ });
    assert.equal(await convert.getAttribute('aria-disabled'), 'true');
    await convert.click({ force: true });
    await page.getByRole('button', { name: 'Stop' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'cancelJob' }]);
    await view.show(state());
    await page.getByText('Calibrating').waitFor({ state: 'detached' });
    assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
  });
});

test('in Restricted Mode nothing is run, and the buttons say why', async () => {
  await withPage({ state: state({ trusted: false }) }, async (view, page) => {
    await page.getByText('This window is in Restricted Mode').first().waitFor();
    const convert = page.getByRole('button', { name: /Convert to ACNet.*Restricted Mode/ });
    await convert.click({ force: true });
    assert.deepEqual(await view.sent(), []);
    assert.deepEqual(await view.axe(), []);
    await view.shoot('restricted-dark-1280');
  });
});

test('an ACNet can be fused', async () => {
  await withPage({ state: state({ inspect: ready(acnet()) }) }, async (view, page) => {
    await page.getByRole('button', { name: 'Fuse' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'fuse' }]);
    assert.ok((await page.getByText('Already an ACB: can be fused').count()) > 20);
    await view.shoot('acnet-light-1280');
  });
});

test('a file without k×k kernels and one without a graph say so', async () => {
  const none = { ...inspect, sites: [], unsupported: [] };
  await withPage(
    { state: state({ inspect: ready(none), kernels: ready({ sizes: {}, layers: [] }) }) },
    async (_, page) => {
      await page.getByText('This checkpoint has no k×k convolution.').waitFor();
      await page.getByRole('tab', { name: 'Kernels' }).click();
      await page.getByText('no k×k kernel to draw').waitFor();
    },
  );
  await withPage({ state: state({ inspect: ready({ ...none, hasGraph: false }) }) }, async (_, page) => {
    await page.getByText('weights without the network').first().waitFor();
  });
});

test('a malformed state is refused in words', async () => {
  const broken = { ...state(), kernels: ready({ sizes: { '3x3': { layers: 1 } }, layers: [] }) };
  await withPage({}, async (view, page) => {
    await view.show(broken);
    await page.getByText('state.kernels is malformed').waitFor();
    await view.show(state());
    await page.getByRole('heading', { name: 'Sites' }).waitFor();
  });
});

test('numbers follow the language of the editor', async () => {
  await withPage({ state: state({ locale: 'de' }) }, async (_, page) => {
    await page.getByText('9.816.330 parameters').waitFor();
    await openKernels(page);
    const difference = page.getByRole('img', { name: /^Difference: / }).first();
    assert.match(await spoken(difference), /−0,025/);
  });
});

/** Runs in the page: leaves on its window the milliseconds from the next click to the first sight of some words. */
function timeSilence(words: string): void {
  const listen = (): void => {
    const start = performance.now();
    const watch = new MutationObserver(() => {
      if (!document.body.textContent.includes(words)) return;
      watch.disconnect();
      Object.assign(window, { silence: performance.now() - start });
    });
    watch.observe(document.body, { childList: true, characterData: true, subtree: true });
  };
  window.addEventListener('click', listen, { once: true, capture: true });
}
