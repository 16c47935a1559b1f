// The report in a browser: nothing is fetched, nothing overflows, axe has nothing to say.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confinedReport } from '../../src/host/report/confine';
import { renderReport } from '../../src/operations/report/report';
import { hostileReport, listening, refreshing } from '../support/hostile-report';
import { reportData } from '../support/report-data';
import { browserPath } from './support/page';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const html = renderReport(reportData);

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
});
afterAll(() => browser.close());

const VIEWS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1280, 600, 390].map((width) => ({ colorScheme, width })),
);

test.each(VIEWS)('$colorScheme at $width px', async ({ colorScheme, width }) => {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('request', (request) => problems.push(request.url()));
  await page.setContent(html);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  // One drawing of each chart is shown, the one for this width.
  const shown = await page.locator('svg.chart:visible').count();
  expect(shown).toBe(reportData.pruning.length + 1);
  expect(problems).toEqual([]);

  // Evaluated by the debugger: the page's own policy lets no script in.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: { id: string }[] }>(
    "axe.run({ resultTypes: ['violations'] })",
  );
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.close();
});

/** What a page had come over the network, as a server on this machine sees it. */
async function fetched(make: (origin: string) => string): Promise<readonly string[]> {
  const far = await listening();
  const page = await browser.newPage();
  try {
    await page.setContent(make(far.origin));
    // Preconnecting and a refresh come after loading.
    await page.waitForTimeout(1000);
    expect(await page.locator('p').last().innerText()).toBe('The end');
    return far.seen();
  } finally {
    await page.close();
    await far.close();
  }
}

test('a stranger’s report reaches nobody as it is shown', async () => {
  expect(await fetched((origin) => confinedReport(hostileReport(origin)))).toEqual([]);
  expect(await fetched((origin) => confinedReport(refreshing(origin)))).toEqual([]);
});

test('and would have, as it is', async () => {
  const seen = await fetched(hostileReport);
  for (const name of ['img.png', 'import.css', 'script.js', 'frame.html', 'fetch'])
    expect(seen).toContain(`/${name}`);
});
