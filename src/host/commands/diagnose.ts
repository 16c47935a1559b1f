import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { l10n } from 'vscode';
import { redact, type KnownFolder } from '../diagnose/redact';
import { diagnosisText, type Diagnosis } from '../diagnose/text';
import { messageOf } from '../errors';
import type { NativeBackend } from '../native/native-backend';
import type { Command } from '../kit/command';
import type { CommandServices } from '../services';
import { notify, withNotification } from '../ui/window';

/** Puts a report for an issue on the clipboard and into the log, and answers with it. */
export const diagnose: Command<string> = {
  id: 'diagnose',
  title: 'Diagnose',
  menus: { palette: 'anywhere', view: { group: '2_backend' } },
  async run({ log, native, extension }) {
    const title = l10n.t('Looking at the backend');
    const diagnosis = await withNotification(title, () => gather(native, extension));
    const text = redact(diagnosisText(diagnosis), knownFolders(native, extension), userNames());
    await vscode.env.clipboard.writeText(text);
    for (const line of ['diagnosis:', ...text.trimEnd().split('\n')]) log.info(line);
    const show = l10n.t('Show Log');
    const message = l10n.t('The report is on the clipboard. It names no folder of yours.');
    void notify('info', message, [show]).then((answer) => {
      if (answer === show) log.show();
    });
    return text;
  },
};

type Installed = CommandServices['extension'];

async function gather(native: NativeBackend, extension: Installed): Promise<Diagnosis> {
  const { version } = extension.packageJSON as { readonly version: string };
  const processors = os.cpus();
  const settings = vscode.workspace.getConfiguration('acnet');
  const nativePath = settings.get<string>('nativePath', '');
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  return {
    extension: version,
    editor: `${vscode.env.appName} ${vscode.version}, ${vscode.env.appHost}${vscode.env.remoteName ? ', remote' : ''}, ${vscode.env.language}`,
    node: process.versions.node,
    system: `${process.platform} ${process.arch}, ${os.release()}`,
    processor: `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}`,
    memory: `${gigabytes(os.totalmem())}, ${gigabytes(os.freemem())} free`,
    workspace: `${vscode.workspace.workspaceFolders?.length ?? 0} folders, ${vscode.workspace.isTrusted ? 'trusted' : 'restricted'}`,
    settings: [
      ['acnet.backend', settings.get<string>('backend', 'auto')],
      ['acnet.nativePath', nativePath ? `(${nativePath})` : 'not set'],
    ],
    // One after the other: the second may be what brings the process down.
    backend: await native.withTrainer((trainer) => trainer.call('backend', {})).catch(messageOf),
    selfTest: await native.withTrainer((trainer) => trainer.call('selfTest', {})).catch(messageOf),
  };
}

function knownFolders(native: NativeBackend, extension: Installed): KnownFolder[] {
  const home = os.homedir();
  const cache =
    process.env.ACNET_CACHE ?? path.join(process.env.XDG_CACHE_HOME || `${home}/.cache`, 'acnet-vscode');
  return [
    { path: extension.extensionPath, label: '<extension>', ours: true },
    { path: native.storage, label: '<storage>', ours: true },
    { path: cache, label: '<cache>', ours: true },
    ...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => ({
      path: uri.fsPath,
      label: '<workspace>',
      ours: false,
    })),
    { path: os.tmpdir(), label: '<tmp>', ours: false },
    { path: home, label: '~', ours: false },
  ];
}

function userNames(): string[] {
  try {
    const { username } = os.userInfo();
    // Not a name, and a word that the report itself may use.
    return username === 'root' ? [os.hostname()] : [username, os.hostname()];
  } catch {
    return [os.hostname()]; // an id without an entry, as in containers
  }
}
