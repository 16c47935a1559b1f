// The Robustness tab of the inspector's page as built, in a browser.
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { oneNetwork, robustnessDone, robustnessResult, robustnessRun } from '../support/robustness-states';
import { ERROR, ROBUSTNESS_JOB, plainNet, ready, state } from './support/states';
import { chooseOption, openTab, usePages } from './support/with-page';

const withPage = usePages();
const base = { fileName: 'acnet.keras', inspect: ready(plainNet()) };

test('without images it asks for them, and Run says why it cannot; a second checkpoint is asked for', async () => {
  await withPage({ state: state(base) }, async (view, page) => {
    await openTab(page, 'Robustness');
    await page.getByText('No robustness check has been run on this file.').waitFor();
    await page
      .getByRole('button', { name: 'Run Robustness Check Not available: Choose images first' })
      .click({ force: true });
    await page.getByRole('button', { name: 'Choose Images…' }).click();
    await page.getByRole('button', { name: 'Choose Checkpoint…' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'chooseData' }, { type: 'chooseAgainst' }]);
  });
});

test('it asks for the check that was chosen, and names no path itself', async () => {
  const chosen = { lastData: '/data/cifar10/test', lastAgainst: '/models/plain.keras' };
  await withPage({ state: state({ ...base, ...chosen }) }, async (view, page) => {
    await openTab(page, 'Robustness');
    await page.getByText('cifar10/test').waitFor();
    await page.getByText('plain.keras').waitFor();
    await page.getByRole('button', { name: 'Run Robustness Check' }).click();
    await chooseOption(page, 'Images', 'At most 200');
    await page.getByRole('button', { name: 'Run Robustness Check' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'robustness' }, { type: 'robustness', limit: 200 }]);
  });
});

test('a run shows its rows and what is to come; nothing moves; Stop becomes Run and keeps the focus', async () => {
  const places = () =>
    ['svg.lines', 'table.thresholds', 'table.wide-numbers tbody tr:last-child'].map((selector) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      return [box?.left, box?.width, box?.height].map((side) => Math.round(side ?? -1));
    });
  const running = state({ ...base, job: ROBUSTNESS_JOB, robustness: robustnessRun() });
  const begun = state({ ...base, job: ROBUSTNESS_JOB, robustness: { ...robustnessRun(), rows: [] } });
  await withPage({ state: begun }, async (view, page) => {
    await openTab(page, 'Robustness');
    await page.getByText('0 of 5 rows').first().waitFor();
    const before = await page.evaluate(places);
    await view.show(running);
    await page.getByText('2 of 5 rows').first().waitFor();
    await page.getByText('about 20 s left').first().waitFor();
    assert.deepEqual(await page.evaluate(places), before);
    assert.match(
      (await page
        .getByRole('row', { name: /^Rotated 180/ })
        .last()
        .textContent()) ?? '',
      /to come/,
    );
    await page.getByText('Differences are judged when all rows are there.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Stop' }).count(), 1, 'one Stop on the page');
    await page.getByRole('button', { name: 'Stop' }).focus();
    await page.keyboard.press('Enter');
    assert.deepEqual(await view.sent(), [{ type: 'cancelJob' }]);
    const { progress: _progress, ...rest } = robustnessRun();
    await view.show(state({ ...base, robustness: { ...rest, phase: 'stopped' } }));
    await page.getByText('Not all rows were measured, so no difference is claimed.').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent?.slice(0, 20)), 'Run Again');
    assert.equal(await page.getByText('to come').count(), 0, 'nothing is still to come');
  });
});

test('two networks: reading, test and the paper’s numbers; they can be copied', async () => {
  await withPage({ state: state({ ...base, robustness: robustnessDone() }) }, async (view, page) => {
    await openTab(page, 'Robustness');
    await page
      .getByText('This network is right more often than plain.keras on images rotated by 90°')
      .waitFor();
    await page.getByText('images 32 × 32 × 3, pixels 0–255 × 1/255').waitFor();
    const numbers = page.getByRole('region', { name: 'Numbers of the robustness check' });
    const row = numbers.getByRole('row', { name: /^Rotated 90° left/ });
    assert.match(
      (await row.textContent()) ?? '',
      /42\.2 \[41\.2, 43\.2\]41\.0 .*\+1\.2 \[\+0\.6, \+1\.8\]< 0\.001.*yes$/,
    );
    const paper = page.getByRole('table', { name: /table 4: top-1 accuracy of ResNet-18 on ImageNet/ });
    assert.match((await paper.textContent()) ?? '', /Rotated 180°41\.9542\.89\+0\.94\+0\.94/);
    assert.equal(
      await paper.getByRole('row', { name: /left–right/ }).count(),
      0,
      'the paper has no such row',
    );
    await chooseOption(page, 'Paper', 'AlexNet');
    await page.getByText('28.18').waitFor();
    await page.getByRole('button', { name: 'Copy as CSV' }).first().click();
    const copied = (await view.sent())[0];
    assert.ok(copied?.type === 'copy');
    assert.match(copied.text, /\r\nRotated 90° left,42\.2,/);
    await view.show(state({ ...base, robustness: { ...robustnessDone(), outdated: true } }));
    await page.getByText('A file has changed since this was measured').waitFor();
  });
});

test('agreement is called agreement, and the paper’s numbers are not shown', async () => {
  const alone = oneNetwork(robustnessResult('agreement'));
  await withPage({ state: state({ ...base, robustness: robustnessDone(alone) }) }, async (_, page) => {
    await openTab(page, 'Robustness');
    await page.getByRole('heading', { name: 'Agreement on distorted images' }).waitFor();
    await page.getByText('Without labels this shows').waitFor();
    assert.equal(await page.locator('table.thresholds').count(), 0);
    assert.equal(await page.locator('svg.lines').count(), 1, 'no differences of one network');
    assert.equal(await page.getByText('accuracy').count(), 0);
  });
});

test('a failed check says why and keeps what was measured; Try Again runs it again', async () => {
  const { progress: _progress, ...rest } = robustnessRun();
  const error = { ...ERROR, title: 'The folder of images is gone' };
  const failed = state({ ...base, lastData: '/data/a', robustness: { ...rest, phase: 'failed', error } });
  await withPage({ state: failed }, async (view, page) => {
    await openTab(page, 'Robustness');
    await page.getByRole('alert').getByText('The folder of images is gone').waitFor();
    await page.getByText('What was measured before is shown below.').waitFor();
    await page.getByRole('button', { name: 'Try Again' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'robustness' }]);
  });
});

test('a running check is seen from the other tabs, which lead to it', async () => {
  const running = state({ ...base, job: ROBUSTNESS_JOB, robustness: robustnessRun() });
  await withPage({ state: running }, async (_, page) => {
    await page.getByRole('button', { name: 'Show Robustness' }).click();
    await page.getByRole('tab', { name: 'Robustness', selected: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Show Robustness' }).count(), 0);
  });
});

test('what cannot be checked says so', async () => {
  const cases = [
    [{ trusted: false }, 'needs a trusted workspace'],
    [{ inspect: ready({ ...plainNet(), hasGraph: false }) }, 'Weights without the network cannot be checked'],
    [
      { inspect: ready({ ...plainNet(), unsupported: ['Resizing'] }) },
      'A network with Resizing cannot be checked',
    ],
    [
      {
        inspect: ready({
          ...plainNet(),
          outputs: ['N × 2', 'N × 3'],
          outputShapes: [
            [null, 2],
            [null, 3],
          ],
        }),
      },
      'this one has 1 and 2',
    ],
  ] as const;
  await withPage({ state: state(base) }, async (view, page) => {
    await openTab(page, 'Robustness');
    for (const [change, words] of cases) {
      await view.show(state({ ...base, ...change }));
      await page.getByText(words).first().waitFor();
    }
    assert.deepEqual(await view.sent(), []);
  });
});
