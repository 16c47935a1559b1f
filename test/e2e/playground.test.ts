// The playground shows each state of the page, in each theme, and what the page sends.
import assert from 'node:assert/strict';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPlayground } from '../playground/server';
import { LOOKS } from './support/looks';
import { browserPath } from './support/page';

const built = process.env['ACNET_PAGE'] ?? path.join(import.meta.dirname, '../../dist/webview');
let browser: Browser;
let playground: Awaited<ReturnType<typeof startPlayground>>;

beforeAll(async () => {
  playground = await startPlayground(built, 0);
  browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox'] });
});

afterAll(async () => {
  await browser.close();
  await playground.close();
});

test('a state is chosen from the list, and its tab opens', async () => {
  const page = await browser.newPage();
  await page.goto(playground.address);
  expect(await page.locator('nav a').count()).toBe(LOOKS.length);
  await page.getByRole('link', { name: 'robustness-done' }).click();
  await page.getByLabel('Theme').selectOption('light');
  const view = page.frameLocator('iframe');
  await view.getByRole('tab', { name: 'Robustness', selected: true }).waitFor();
  await view.locator('body.vscode-light').waitFor();
  await view.getByRole('button', { name: /^Verify/ }).click();
  await page.getByLabel('Messages to the extension').getByText('"verify"').waitFor();
  await page.reload();
  await view.getByRole('tab', { name: 'Robustness', selected: true }).waitFor();
  await page.close();
});

test('an unknown state, and what is no part of it, is not found', async () => {
  for (const place of ['/page?look=none', '/page', '/etc/passwd'])
    assert.equal((await fetch(playground.address + place)).status, 404, place);
});
