import { beforeEach, describe, expect, it } from 'vitest';
import { announce } from '../../../src/host/kit/announce';
import type { Job } from '../../../src/host/jobs/job';
import { showNotification } from '../../../src/host/jobs/notification';
import { JobQueue } from '../../../src/host/jobs/queue';
import { showInStatusBar } from '../../../src/host/jobs/status-bar';
import { showPick } from '../../../src/host/ui/quick-pick';
import {
  askText,
  notify,
  openLog,
  pickOne,
  showPage,
  withNotification,
  type PickItem,
} from '../../../src/host/ui/window';
import { itemOf } from '../../../src/host/view/item';
import { EDITOR_ICON, EDITOR_LINK, HOSTILE, UNSEEN } from '../../support/hostile';
import { sampleInspection } from '../../support/hostile-result';
import { answers, given, TreeItem, Uri } from '../../support/vscode';

const LINK = '[Show details](command:workbench.action.terminal.sendSequence)';
/** Icons of ours stand before the text. */
const OWN_ICON = /^\$\((folder|sync~spin)\) /;

beforeEach(() => {
  given.length = 0;
  answers.next = () => undefined;
});

/** That nothing that was shown is a link, an icon or an instruction. */
function expectText(): void {
  expect(given.length).toBeGreaterThan(0);
  for (const [where, text] of given) {
    const what = `${where}: ${JSON.stringify(text)}`;
    const lines = /tooltip/.test(where) ? text.replaceAll('\n', '') : text;
    expect(UNSEEN.test(lines), what).toBe(false);
    expect(EDITOR_LINK.test(text), what).toBe(false);
    expect(EDITOR_ICON.test(text.replace(OWN_ICON, '')), what).toBe(false);
  }
}

/** All texts of a tree's row. */
function keepRow(item: object): void {
  for (const [key, value] of Object.entries(item))
    if (typeof value === 'string' && key !== 'id') given.push([key, value]);
}

const uri = (path: string) => Uri.file(path) as unknown as Parameters<typeof itemOf>[1];

const SURFACES: Readonly<Record<string, (text: string) => unknown>> = {
  notifications: async (text) => {
    for (const level of ['info', 'warning', 'error'] as const) {
      await notify(level, text, [text]);
      await notify(level, `a ${text} b`, ['Yes'], { detail: text });
    }
    announce({ log: openLog('ACNet') }, text, [{ label: 'Open', run: () => undefined }], 'warning');
  },
  picks: async (text) => {
    const item: PickItem = { icon: 'folder', label: text, description: text, detail: text };
    await pickOne([item], { title: text, placeHolder: text });
    const position = { step: 1, totalSteps: 2, canGoBack: true };
    await showPick({ title: text, placeholder: text, items: [item], selected: [], many: true, position });
  },
  prompts: (text) => askText({ title: text, prompt: text, validateInput: () => text }),
  progress: (text) =>
    withNotification(text, (report) => Promise.resolve(report({ message: text, increment: 1 }))),
  jobs: async (text) => {
    const queue = new JobQueue();
    const bar = showInStatusBar(queue, 'test.showJobs');
    const work = (job: Job): Promise<void> => {
      showNotification(job, queue);
      job.callOptions().onNotice?.({ kind: 'progress', progress: { phase: text, done: 1, total: 2 } });
      return Promise.resolve();
    };
    await queue.run({ title: text, kind: 'convert', file: 'file:///a' }, work);
    bar.dispose();
  },
  log: (text) => {
    const log = openLog('ACNet');
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](text);
  },
  rows: (text) => {
    const node = { kind: 'file', name: text, size: 3 } as Parameters<typeof itemOf>[0];
    keepRow(itemOf(node, uri(`/${text}`)));
    keepRow(itemOf(node, uri(`/${text}`), { phase: 'error', error: new Error(text) }));
    keepRow(itemOf(node, uri(`/${text}`), { phase: 'ready', value: sampleInspection(text) }));
    const folder = { kind: 'folder', folder: text, open: true } as Parameters<typeof itemOf>[0];
    keepRow(itemOf(folder, uri(`/${text}`)));
  },
  pages: (text) => showPage('acnet.report', text, ''),
};

describe('what VS Code shows of a file', () => {
  it.each(Object.entries(SURFACES))('%s are text, whatever the file says', async (_, show) => {
    for (const text of [...HOSTILE, LINK, `](${LINK}`, `$${LINK}$(error)`]) {
      given.length = 0;
      await show(text);
      expectText();
    }
  });

  it('the test’s own eye knows a link and an icon', () => {
    expect(LINK).toMatch(EDITOR_LINK);
    expect('a $(sync~spin) b').toMatch(EDITOR_ICON);
    given.push(['x', LINK]);
    expect(expectText).toThrow(/command/);
  });

  it('is read as it was written', async () => {
    await notify('error', `net.onnx: the tensor '${LINK}' is missing`);
    expect(given.map(([, text]) => text)).toEqual([
      "net.onnx: the tensor '[Show details] (command:workbench.action.terminal.sendSequence)' is missing",
    ]);
    const row = itemOf(
      { kind: 'file', name: 'a$(b).keras', size: 1 } as Parameters<typeof itemOf>[0],
      uri('/a'),
    );
    expect(row).toBeInstanceOf(TreeItem);
    expect((row as unknown as TreeItem).label).toBe('a$ (b).keras');
  });
});

describe('an answer', () => {
  it('is the one of the caller, though it was shown otherwise', async () => {
    answers.next = (offered) => offered[1];
    const items = [{ label: 'a' }, { label: LINK, value: 7 }];
    expect(await pickOne(items, {})).toBe(items[1]);
    const position = { step: 1, totalSteps: 1, canGoBack: false };
    const asked = { title: '', placeholder: '', items, selected: [items[0]], many: false, position };
    expect(await showPick(asked)).toEqual([items[1]]);
    expect(await notify('info', 'which?', ['one', LINK])).toBe(LINK);
  });

  it('that is none is none', async () => {
    expect(await notify('info', 'which?', ['one'])).toBeUndefined();
    expect(await pickOne([{ label: 'a' }], {})).toBeUndefined();
  });
});
