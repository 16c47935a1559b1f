// What every tab and state of the page has in common: it can be read at each width, and by everyone, in each theme.
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { compareDone } from '../support/compare-states';
import { pruningDone, pruningRun, trainingRun } from '../support/run-states';
import { robustnessDone } from '../support/robustness-states';
import { illegible } from './support/legibility';
import { LOOKS } from './support/looks';
import { PRUNE_JOB, THEMES, kernels, plainNet, ready, state } from './support/states';
import { openTab, usePages } from './support/with-page';

const withPage = usePages();
const base = { inspect: ready(plainNet()) };
const IN_ALL_THEMES = LOOKS.filter(([name]) => !/-(none|begun|alone|job|restricted|error)$/.test(name));

const WIDTHS = [300, 600, 900, 1400];

test.each(LOOKS)('%s: no text is covered or cut at any width', async (name, tab, shown) => {
  await withPage({ width: WIDTHS[0], state: shown }, async (view, page) => {
    await openTab(page, tab);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(100);
      await view.shoot(`${name}-dark-${width}`);
      assert.deepEqual(await illegible(page), [], `at ${width} px`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(sideways <= 0, `the page scrolls sideways by ${sideways} px`);
    }
  });
});

test.each([300, 900, 1400])('names of 200 characters stay on a page of %i px', async (width) => {
  const long = (name: string) => `backbone.${'stage_of_a_descriptive_name.'.repeat(6)}${name}`;
  const renamed = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
    all.map((one) => ({ ...one, name: long(one.name) }));
  const net = plainNet();
  const compared = compareDone();
  const shown = state({
    fileName: `${long('file')}.keras`,
    inspect: ready({ ...net, sites: renamed(net.sites) }),
    kernels: ready({ ...kernels, layers: renamed(kernels.layers) }),
    compare: { ...compared, result: { ...compared.result, matched: renamed(compared.result.matched) } },
    lastAgainst: `/models/${long('other')}.keras`,
    robustness: { ...robustnessDone(), against: `/models/${long('other')}.keras` },
  });
  await withPage({ width, state: shown }, async (view, page) => {
    for (const tab of ['Overview', 'Kernels', 'Pruning', 'Robustness', 'Compare', 'Training']) {
      await openTab(page, tab);
      await page.waitForTimeout(500);
      await view.shoot(`long-names-${tab.toLowerCase()}-${width}`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(sideways <= 0, `${tab} scrolls sideways by ${sideways} px`);
      assert.deepEqual(await illegible(page), [], tab);
    }
  });
});

describe.each(THEMES)('in %s', (theme) => {
  test.each(IN_ALL_THEMES)('%s is accessible', async (name, tab, shown) => {
    await withPage({ theme, state: shown }, async (view, page) => {
      await openTab(page, tab);
      assert.deepEqual(await view.axe(), []);
      await view.shoot(`${name}-${theme}-1280`);
    });
  });
});

test.each(['Pruning', 'Robustness', 'Training'])(
  '%s is reached and left by the keyboard alone, in reading order',
  async (tab) => {
    const shown = state({
      ...base,
      lastData: '/data',
      pruning: pruningDone(),
      robustness: robustnessDone(),
      training: trainingRun({ phase: 'stopped' }),
    });
    await withPage({ state: shown }, async (_, page) => {
      await page.getByRole('tab', { name: 'Overview' }).focus();
      await page.keyboard.press(tab === 'Training' ? 'End' : 'ArrowRight');
      const further = { Pruning: 1, Robustness: 2 }[tab] ?? 0;
      for (let step = 0; step < further; step++) await page.keyboard.press('ArrowRight');
      await page.getByRole('tab', { name: tab, selected: true }).waitFor();
      const tops: number[] = [];
      for (let stop = 0; stop < 40; stop++) {
        await page.keyboard.press('Tab');
        const top = await page.evaluate(() => {
          const active = document.activeElement;
          if (!active || active === document.body) return -1;
          return active.closest('section')?.getBoundingClientRect().top ?? -1;
        });
        if (top < 0) break;
        tops.push(top + (await page.evaluate(() => window.scrollY)));
      }
      assert.ok(tops.length >= 3, `${tops.length} stops`);
      assert.deepEqual(
        tops,
        [...tops].sort((a, b) => a - b),
      );
    });
  },
);

test('with reduced motion nothing has a transition', async () => {
  await withPage({ state: state({ ...base, job: PRUNE_JOB, pruning: pruningRun() }) }, async (_, page) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await openTab(page, 'Pruning');
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return transitionDuration.split(', ').some((time) => time !== '0s') || animationName !== 'none';
        }).length,
    );
    assert.equal(moving, 0);
  });
});
