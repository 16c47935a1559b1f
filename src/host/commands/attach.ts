import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import { NO_ARCHITECTURE } from '../files/architectures';
import { chooseCheckpoint, diskPath, listCheckpoints } from '../checkpoints/choose';
import { HostError } from '../errors';
import { announce, givenOptions, inspectAction, type CommandServices } from '../services';
import { pickOne, type PickItem } from '../ui/window';

const TITLE = 'Attach Architecture';

/** For callers by name: nothing is asked. */
const attachOptions = z.strictObject({ model: z.string().min(1) });

/**
 * `acnet.attachArchitecture`: says which ONNX model is the network of a file of weights. It is tried before it is remembered.
 * @returns path of the model; undefined when none was chosen
 */
export async function attachArchitecture(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<string | undefined> {
  const uri = await chooseCheckpoint(given, TITLE);
  if (!uri) return undefined;
  const file = diskPath(uri);
  await refuseOwnNetwork(services, file);
  const model = givenOptions(attachOptions, options)?.model ?? (await askModel(file));
  if (model === undefined) return undefined;
  await services.reader.call('inspect', { path: file, architecture: model });
  services.architectures.choose(file, model);
  const [name, network] = [file, model].map((each) => path.basename(each));
  services.log.info(`${file}: its network is that of ${model}`);
  announce(`The weights in ${name} have the network of ${network} now, in every command.`, [
    inspectAction(services, 'Inspect', file),
    { label: 'Detach', run: () => vscode.commands.executeCommand('acnet.detachArchitecture', uri) },
  ]);
  return model;
}

/** `acnet.detachArchitecture`: the file is weights by name again, whatever model lies beside it. */
export async function detachArchitecture(services: CommandServices, given: unknown): Promise<void> {
  const uri = await chooseCheckpoint(given, 'Detach Architecture');
  if (!uri) return;
  const file = diskPath(uri);
  services.architectures.choose(file, NO_ARCHITECTURE);
  services.log.info(`${file}: no model is attached`);
}

/** A file that holds its network needs none. @throws HostError */
async function refuseOwnNetwork({ reader }: CommandServices, file: string): Promise<void> {
  const { architecture } = await reader.call('inspect', { path: file, architecture: NO_ARCHITECTURE });
  if (architecture) return;
  const name = path.basename(file);
  throw new HostError(`a network can be attached to weights by name alone, and ${name} is something else`);
}

type Choice = PickItem & { readonly model?: string };

/** The workspace's models, those of the file's folder first. */
async function askModel(file: string): Promise<string | undefined> {
  const models = (await listCheckpoints()).filter((each) => path.extname(each).toLowerCase() === '.onnx');
  const isBeside = (model: string): boolean => path.dirname(model) === path.dirname(file);
  models.sort((a, b) => Number(isBeside(b)) - Number(isBeside(a)) || a.localeCompare(b));
  const browse: Choice = { icon: 'folder-opened', label: 'Browse…', alwaysShow: true };
  const items = models.map((model): Choice => {
    const description = vscode.workspace.asRelativePath(path.dirname(model));
    return { label: path.basename(model), description, model };
  });
  const picked = await pickOne([...items, browse], {
    title: TITLE,
    placeHolder: `An ONNX export of the network in ${path.basename(file)}`,
    matchOnDescription: true,
  });
  if (picked !== browse) return picked?.model;
  const uris = await vscode.window.showOpenDialog({ title: TITLE, filters: { ONNX: ['onnx'] } });
  return uris?.[0] && diskPath(uris[0]);
}
