import path from 'node:path';
import * as vscode from 'vscode';
import { l10n } from 'vscode';
import { diskPath } from '../checkpoints/target';
import { placeSample, type PlacedSample } from '../sample/place';
import type { Command } from '../kit/command';
import { notify, pickOne, type PickItem } from '../ui/window';

/**
 * Puts a small trained network and images for it into a folder of the user's: the one that callers by name give, else one
 * that is asked for.
 */
export const openSample: Command<PlacedSample> = {
  id: 'openSample',
  title: 'Open Sample',
  icon: 'beaker',
  menus: { view: { group: '1_sample' } },
  async run(services, given) {
    const parent = given instanceof vscode.Uri ? given : await chooseFolder();
    if (!parent) return undefined;
    const source = path.join(services.extension.extensionPath, 'media', 'sample');
    const sample = await placeSample(source, diskPath(parent));
    services.log.info(`sample in ${sample.folder}`);
    await services.openInInspector(vscode.Uri.file(sample.checkpoint));
    if (!vscode.workspace.getWorkspaceFolder(vscode.Uri.file(sample.folder))) void offerFolder(sample.folder);
    return sample;
  },
};

type Place = PickItem & { readonly uri?: vscode.Uri };

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 0) return browse();
  const elsewhere: Place = { icon: 'folder-opened', label: l10n.t('Elsewhere…') };
  const places = folders.map(({ name, uri }): Place => {
    const description = l10n.t('in a new folder acnet-sample');
    return { icon: 'folder', label: name, description, uri };
  });
  const picked = await pickOne([...places, elsewhere], {
    title: l10n.t('Open Sample'),
    placeHolder: l10n.t('Where to put the sample: a network trained on MNIST and 1,000 images'),
  });
  return picked === elsewhere ? browse() : picked?.uri;
}

async function browse(): Promise<vscode.Uri | undefined> {
  const uris = await vscode.window.showOpenDialog({
    title: l10n.t('Open Sample'),
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: l10n.t('Put Sample Here'),
  });
  return uris?.[0];
}

async function offerFolder(folder: string): Promise<void> {
  const open = l10n.t('Open Folder');
  const message = l10n.t('The sample is in {0}.', path.basename(folder));
  if ((await notify('info', message, [open])) !== open) return;
  await vscode.commands.executeCommand('vscode.openFolder', vscode.Uri.file(folder));
}
