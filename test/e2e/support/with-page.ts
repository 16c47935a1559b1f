/** Pages for the tests of one file. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startPages } from './page';
import type { OpenOptions, Pages, View } from './page';

/** Opens, acts, and fails on any console message, uncaught error or violation of the policy. */
export type WithPage = (
  options: OpenOptions,
  act: (view: View, page: Page) => Promise<void>,
) => Promise<void>;

/** Starts the browser before the tests of the file that calls it, and ends it after them. */
export function usePages(): WithPage {
  let pages: Pages;
  beforeAll(async () => {
    pages = await startPages(process.env['ACNET_PAGE']);
  });
  afterAll(() => pages.close());
  return async (options, act) => {
    const view = await pages.open(options);
    try {
      await act(view, view.page);
      assert.deepEqual(await view.problems(), []);
    } finally {
      await view.close();
    }
  };
}

/** Opens a tab by its name. */
export async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name }).click();
  await page.getByRole('tab', { name, selected: true }).waitFor();
}

/** Chooses from a dropdown, by the words of its label and of the option. */
export async function chooseOption(page: Page, label: string | RegExp, option: string): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}
