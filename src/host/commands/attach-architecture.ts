import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import { NO_ARCHITECTURE } from '../checkpoints/no-architecture';
import { listCheckpoints } from '../checkpoints/choose';
import { diskPath, type Target } from '../checkpoints/target';
import { HostError } from '../errors';
import { announce, inspectAction } from '../kit/announce';
import { execute, type Command } from '../kit/command';
import { givenOptions } from '../kit/options';
import { chooseCheckpoint } from '../checkpoints/choose';
import type { CommandServices } from '../services';
import { pickOne, type PickItem } from '../ui/window';
import { detachArchitecture } from './detach-architecture';

const TITLE = 'Attach Architecture';

/** For callers by name: nothing is asked. */
const attachOptions = z.strictObject({ model: z.string().min(1) });

/**
 * Says which ONNX model is the network of a file of weights. It is tried before it is remembered. Answers with the model's
 * path.
 */
export const attachArchitecture: Command<string> = {
  id: 'attachArchitecture',
  title: 'Attach Architecture…',
  icon: 'link',
  menus: { inspector: { group: '2_acnet', when: 'canAttach' } },
  fromPage: { attachArchitecture: ({ run }) => run() },
  async run(services, given, options) {
    const target = await chooseCheckpoint(given, TITLE);
    if (!target) return undefined;
    await refuseOwnNetwork(services, target);
    const model = givenOptions(attachOptions, options)?.model ?? (await askModel(target));
    return model === undefined ? undefined : attach(services, target, model);
  },
};

async function attach(services: CommandServices, target: Target, model: string): Promise<string> {
  await services.reader.call('inspect', { path: target.path, architecture: model });
  services.memory.architecture.remember(target.path, model);
  services.log.info(`${target.path}: its network is that of ${model}`);
  announce(services, `All commands now use ${path.basename(model)} as the architecture of ${target.name}.`, [
    inspectAction(services, 'Inspect', target.path),
    { label: 'Detach', run: () => execute(detachArchitecture, target.uri) },
  ]);
  return model;
}

/** A file that holds its network needs none. @throws HostError */
async function refuseOwnNetwork({ reader }: CommandServices, { path: file, name }: Target): Promise<void> {
  const { architecture } = await reader.call('inspect', { path: file, architecture: NO_ARCHITECTURE });
  if (architecture) return;
  throw new HostError(`a network can only be attached to a weights-only file, and ${name} is something else`);
}

type Choice = PickItem & { readonly model?: string };

/** The workspace's models, those of the file's folder first. */
async function askModel(target: Target): Promise<string | undefined> {
  const models = (await listCheckpoints()).filter((each) => path.extname(each).toLowerCase() === '.onnx');
  const isBeside = (model: string): boolean => path.dirname(model) === path.dirname(target.path);
  models.sort((a, b) => Number(isBeside(b)) - Number(isBeside(a)) || a.localeCompare(b));
  const browse: Choice = { icon: 'folder-opened', label: 'Browse…', alwaysShow: true };
  const items = models.map((model): Choice => {
    const description = vscode.workspace.asRelativePath(path.dirname(model));
    return { label: path.basename(model), description, model };
  });
  const picked = await pickOne([...items, browse], {
    title: TITLE,
    placeHolder: `An ONNX export of the network in ${target.name}`,
    matchOnDescription: true,
  });
  if (picked !== browse) return picked?.model;
  const uris = await vscode.window.showOpenDialog({ title: TITLE, filters: { ONNX: ['onnx'] } });
  return uris?.[0] && diskPath(uris[0]);
}
