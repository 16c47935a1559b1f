import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { keptWheel, LIBRARIES, VERSION, WHEELS } from '../../scripts/setup/wheel.mjs';
import { packedExtension, Workbench } from './support/workbench';

const wheel = WHEELS[`${process.platform}-${process.arch}`];

/**
 * A Python of its own in front of all others: it has pip and nothing else. pip finds TensorFlow's package where the set-up
 * has put it, and asks no index. The set-up's own TensorFlow is out of sight.
 */
function bareMachine(folder: string): Record<string, string> {
  const file = wheel && keptWheel(wheel);
  if (!file) throw new Error("TensorFlow's package is not in the cache; run npm run setup");
  const python = path.join(folder, 'python');
  execFileSync('python3', ['-m', 'venv', python]);
  const cache = path.join(folder, 'cache');
  mkdirSync(cache);
  return {
    PATH: `${path.join(python, 'bin')}${path.delimiter}${process.env.PATH ?? ''}`,
    ACNET_CACHE: cache,
    ACNET_NATIVE: '',
    ACNET_BACKEND: '',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: path.dirname(file),
  };
}

// Elsewhere there is no prebuilt addon, and the command says so.
describe.skipIf(!wheel)(
  'from an empty profile to TensorFlow',
  () => {
    let bench: Workbench;
    const temporary = mkdtempSync(path.join(tmpdir(), 'acnet-native-'));

    beforeAll(async () => {
      bench = await Workbench.open(packedExtension(), () => Promise.resolve(), {
        env: bareMachine(temporary),
      });
    });
    afterAll(async () => {
      await bench.close();
      rmSync(temporary, { recursive: true, force: true });
    });

    const shootOnFailure = (): void =>
      onTestFailed(({ task }) => bench.shoot(`failed-${task.name.replace(/\W+/g, '-').slice(0, 40)}`));
    const storage = (): string => path.join(bench.userData, 'User/globalStorage/acnet.acnet-vscode/native');
    const sample = (name: string): string => path.join(bench.workspace, 'acnet-sample', name);

    /** Two epochs of what the inspector shows. @returns what the page says of the result: the backend and the time */
    async function fineTune(): Promise<string> {
      const step = (number: number) =>
        bench.quickPick.getByText(`Fine-Tune as ACNet (${number}/5)`).waitFor();
      const answers = ['images', '2 epochs', 'Frozen statistics', 'ACNet only'];
      await bench.inspector.getByRole('button', { name: 'Fine-Tune…' }).first().click();
      for (const [index, answer] of answers.entries()) {
        await step(index + 1);
        await bench.quickPickRow(answer).click();
      }
      await step(answers.length + 1);
      await bench.quickPick.locator('.monaco-list-row').first().click();
      const done = bench.notification('Fine-tuned mnist.acnet.keras');
      await done.waitFor();
      await done.getByRole('button', { name: 'Clear Notification' }).first().click();
      const result = bench.inspector.getByRole('region', { name: 'Result', exact: true });
      return result.locator('.section-head').innerText();
    }

    it('converts the sample', async () => {
      shootOnFailure();
      await bench.palette('ACNet: Open Sample');
      await bench.quickPickRow('models').click();
      await bench.inspector.getByRole('heading', { name: 'mnist.keras' }).waitFor();
      await bench.inspector.getByRole('button', { name: 'Convert to ACNet…' }).click();
      await bench.quickPick.getByText('Convert to ACNet (1/3)').waitFor();
      await bench.quickPick.getByRole('button', { name: 'OK' }).click();
      await bench.quickPickRow('Preserve the output').click();
      await bench.quickPickRow('mnist.acnet.keras').click();
      const done = bench.notification('into mnist.acnet.keras');
      await done.getByRole('button', { name: 'Inspect' }).click();
      await bench.inspector.getByRole('heading', { name: 'mnist.acnet.keras' }).waitFor();
      expect(existsSync(sample('mnist.acnet.keras'))).toBe(true);
    });

    it('fine-tunes it without any TensorFlow, and says what it ran on', async () => {
      shootOnFailure();
      await bench.inspector.getByRole('tab', { name: 'Training' }).click();
      await bench.inspector.getByText('TensorFlow was not found on this machine').waitFor();
      const result = await fineTune();
      await bench.shoot('native-portable');
      expect(result).toMatch(/portable \(TensorFlow\.js/);
    });

    it('installs TensorFlow after asking once, and trains ten steps on it', async () => {
      shootOnFailure();
      await bench.palette('ACNet: Install Native Backend');
      const question = bench.page.getByRole('dialog').filter({ hasText: 'Download TensorFlow' });
      await question.waitFor();
      await bench.shoot('native-question');
      await question.getByRole('button', { name: 'Download' }).click();
      await bench.notification('Installing TensorFlow').waitFor();
      await bench.shoot('native-progress');
      const done = bench.notification('is installed: 10 training steps');
      await done.waitFor({ timeout: 180_000 });
      await bench.shoot('native-installed');
      const [installed] = readdirSync(storage()).filter((name) => name.startsWith(VERSION));
      expect(readdirSync(path.join(storage(), installed ?? '')).sort()).toEqual([...LIBRARIES].sort());
      expect(readdirSync(storage()).filter((name) => name.startsWith('partial-'))).toEqual([]);
      await bench.inspector
        .getByText('TensorFlow was not found on this machine')
        .waitFor({ state: 'hidden' });
    });

    it('fine-tunes the same on TensorFlow', async () => {
      shootOnFailure();
      const result = await fineTune();
      await bench.shoot('native-tensorflow');
      expect(result).toContain(`TensorFlow ${VERSION}`);
      expect(result).not.toContain('portable');
    });

    it('takes it back, and networks run without it again', async () => {
      shootOnFailure();
      await bench.palette('ACNet: Uninstall Native Backend');
      const question = bench.page.getByRole('dialog').filter({ hasText: 'Remove the native backend?' });
      await question.getByRole('button', { name: 'Remove' }).click();
      await bench.notification('The native backend was removed.').waitFor();
      expect(existsSync(storage())).toBe(false);
      await bench.inspector.getByText('TensorFlow was not found on this machine').waitFor();
      expect(bench.problems).toEqual([]);
    });
  },
  300_000,
);
