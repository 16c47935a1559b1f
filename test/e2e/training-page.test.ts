// The Training tab of the inspector's page, header actions and job bar, as built, in a browser.
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { VerifyState } from '../../src/contract/operations/verify';
import { TRAIN_RESULT, trainingRun } from '../support/run-states';
import { JOB, TRAIN_JOB, acnet, plainNet, ready, state } from './support/states';
import { openTab, usePages } from './support/with-page';

const withPage = usePages();
const base = { inspect: ready(plainNet()) };
const running = () => state({ ...base, job: TRAIN_JOB, training: trainingRun() });

test('without a run it offers Fine-Tune', async () => {
  await withPage({ state: state(base) }, async (view, page) => {
    await openTab(page, 'Training');
    await page.getByText('This file has not been fine-tuned here.').waitFor();
    await page.getByRole('tabpanel').getByRole('button', { name: 'Fine-Tune…' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'fineTune' }]);
  });
});

test('a run shows where it stands, both arms and the log; Pause and Stop act on it', async () => {
  await withPage({ state: running() }, async (view, page) => {
    await openTab(page, 'Training');
    await page.getByText('ACNet: epoch 14 of 40').first().waitFor();
    await page.getByText('342 images/s · about 31 min left').first().waitFor();
    await view.show(state({ ...base, job: TRAIN_JOB, training: trainingRun({ arm: 'baseline' }) }));
    await page.getByText('342 images/s · about 31 min left of the baseline').first().waitFor();
    await view.show(state({ ...base, job: TRAIN_JOB, training: trainingRun() }));
    await page.getByText('a verdict on the blocks needs at least three seeds').waitFor();
    await page.getByRole('log').getByText('acnet: epoch 14').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Stop' }).count(), 1, 'one Stop on the page');
    await page.getByRole('button', { name: 'Pause' }).click();
    await view.show({ ...running(), training: trainingRun({ paused: true }) });
    await page.getByText('Paused in ACNet: epoch 14 of 40').first().waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    assert.deepEqual(await view.sent(), [
      { type: 'pauseJob', paused: true },
      { type: 'pauseJob', paused: false },
      { type: 'cancelJob' },
    ]);
  });
});

test('charts are drawn anew for the width, at the same size of text', async () => {
  await withPage({ width: 1400, state: running() }, async (_, page) => {
    await openTab(page, 'Training');
    const chart = page.getByRole('img', { name: /validation top-1/ });
    const widthOf = async () => Number(await chart.getAttribute('width'));
    const wide = await widthOf();
    await page.setViewportSize({ width: 600, height: 900 });
    await page.waitForFunction(
      (before) => Number(document.querySelector('svg.lines')?.getAttribute('width')) !== before,
      wide,
    );
    assert.equal(await widthOf(), 568);
    const size = await chart
      .locator('.axis-text')
      .first()
      .evaluate((text) => getComputedStyle(text).fontSize);
    assert.equal(size, '11px');
    await page.getByRole('slider', { name: /validation top-1/ }).focus();
    await page.keyboard.press('End');
    await page.getByText(/^Epoch 40: Baseline 94\.\d\d, ACNet –/).waitFor();
  });
});

test('a finished run shows its result and opens its files', async () => {
  const done = state({ ...base, training: trainingRun({ phase: 'done', result: TRAIN_RESULT }) });
  await withPage({ state: done }, async (view, page) => {
    await openTab(page, 'Training');
    await page.getByRole('row', { name: 'ACNet − baseline – – +0.19' }).waitFor();
    await page.getByText('the largest difference is 3.2e−7 of the largest output').waitFor();
    await page.getByRole('button', { name: 'Open ACNet, fused' }).click();
    await page.getByRole('button', { name: 'Open Report' }).click();
    await page.getByRole('button', { name: 'Show Folder' }).click();
    assert.deepEqual(await view.sent(), [
      { type: 'openResult', file: 'fused' },
      { type: 'openResult', file: 'report' },
      { type: 'openResult', file: 'folder' },
    ]);
  });
});

test('a run that ended early says what is safe, and can be resumed', async () => {
  const error = { title: 'The worker ended (signal 9)', found: 'Killed: out of memory' };
  const training = trainingRun({ phase: 'failed', resumable: true, error });
  await withPage({ state: state({ ...base, training }) }, async (view, page) => {
    await openTab(page, 'Training');
    await page.getByText('The worker ended (signal 9) in epoch 14, step 391').waitFor();
    await page.getByText('14 epochs of ACNet are measured and shown.').waitFor();
    await page.getByRole('button', { name: 'Resume after Epoch 14' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'resumeTraining' }]);
    await view.show(state({ ...base, training: { ...training, resumable: false } }));
    await page.getByRole('alert').getByText('The worker ended (signal 9)').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Resume/ }).count(), 0);
  });
});

test('on the portable backend it offers to install the native one', async () => {
  const backend = { native: false, label: 'portable (WebAssembly)' };
  await withPage({ state: state({ ...base, backend }) }, async (view, page) => {
    await openTab(page, 'Training');
    await page.getByRole('button', { name: 'Install Native Backend' }).click();
    assert.deepEqual(await view.sent(), [{ type: 'installBackend' }]);
    await view.show(state({ ...base, backend: { native: true, label: 'TensorFlow 2.21.0' } }));
    await page.getByText('TensorFlow was not found').waitFor({ state: 'detached' });
  });
});

test('the header’s actions act on the file, and say why they do not apply', async () => {
  await withPage({ state: state(base) }, async (view, page) => {
    const toolbar = page.getByRole('toolbar');
    await toolbar.getByRole('button', { name: 'Fine-Tune…' }).click();
    await toolbar.getByRole('button', { name: 'Verify' }).click();
    await toolbar.getByRole('button', { name: 'Fuse Not available: Nothing to fuse' }).click({ force: true });
    assert.deepEqual(await view.sent(), [{ type: 'fineTune' }, { type: 'verify' }]);
    await view.show(state({ inspect: ready({ ...acnet(), unsupported: ['Resizing'] }) }));
    await toolbar.getByRole('button', { name: /^Fine-Tune….*Resizing cannot be trained/ }).waitFor();
    await toolbar.getByRole('button', { name: /^Verify.*Resizing cannot be run/ }).waitFor();
    await toolbar.getByRole('button', { name: 'Fuse', exact: true }).waitFor();
    await view.show(
      state({
        inspect: ready({
          ...plainNet(),
          outputs: ['N × 2', 'N × 3'],
          outputShapes: [
            [null, 2],
            [null, 3],
          ],
        }),
      }),
    );
    await toolbar.getByRole('button', { name: /^Fine-Tune….*one input and one output/ }).waitFor();
    await openTab(page, 'Training');
    await page.getByText('this one has 1 and 2.').waitFor();
  });
});

test('on a narrow page the other actions are in a menu that the keyboard moves in', async () => {
  await withPage({ width: 600, state: state(base) }, async (view, page) => {
    assert.equal(await page.getByRole('toolbar').locator('vscode-button.button').count(), 1);
    await page.getByRole('button', { name: 'More actions' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('[role=menuitem]:focus').filter({ hasText: 'Fine-Tune…' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.deepEqual(await view.sent(), [], 'Fuse does not apply');
    assert.deepEqual(await view.axe(), []);
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.locator('[role=menuitem]:focus').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    assert.deepEqual(await view.sent(), [{ type: 'compare' }]);
  });
});

test('the verification’s outcome stands under the header in every tab', async () => {
  const passed: VerifyState = {
    other: '/models/scene_net.fused.keras',
    phase: 'done',
    result: {
      samples: 16,
      maxAbs: 2.1e-6,
      maxRel: 3.2e-7,
      passed: true,
      tolerance: 1e-5,
      tensors: [{ name: 'softmax', maxAbs: 2.1e-6, maxRel: 3.2e-7 }],
    },
  };
  await withPage({ state: state({ ...base, verify: passed }) }, async (view, page) => {
    await page.getByText('Equivalent to').waitFor();
    await page.getByText('on 16 inputs the outputs differ by at most 3.2e−7 of the largest').waitFor();
    await openTab(page, 'Training');
    await page.getByText('Equivalent to').waitFor();
    assert.deepEqual(await view.axe(), []);
    await view.show(state({ ...base, verify: { ...passed, outdated: true } }));
    await page.getByText('Was equivalent to').waitFor();
    await page.getByText('One of the two files has changed since').waitFor();
    const problem = 'an output is not a number';
    const result = {
      samples: 16,
      maxAbs: 0,
      maxRel: 0,
      passed: false,
      tolerance: 1e-5,
      tensors: [],
      problem,
    };
    await view.show(state({ ...base, verify: { ...passed, result } }));
    await page.getByText('Not equivalent to').waitFor();
    await page.getByText(problem).waitFor();
  });
});

test('a job says that it waits, is paused or stops', async () => {
  const cases = [
    [{ queued: true }, 'waiting for the jobs before it'],
    [{ paused: true }, 'paused, Calibrating: 31 of 55'],
    [{ stopping: true }, 'stopping'],
  ] as const;
  for (const [change, words] of cases) {
    await withPage({ state: state({ job: { ...JOB, ...change } }) }, async (view, page) => {
      await page.getByText(words, { exact: true }).first().waitFor();
      await page.getByRole('button', { name: /^Stop/ }).click({ force: true });
      assert.equal((await view.sent()).length, 'stopping' in change ? 0 : 1);
    });
  }
});

test('a run’s bar on another tab leads to its numbers', async () => {
  await withPage({ state: running() }, async (_, page) => {
    await page.getByRole('button', { name: 'Show Training' }).click();
    await page.getByText('ACNet: epoch 14 of 40').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Show Training' }).count(), 0);
  });
});
