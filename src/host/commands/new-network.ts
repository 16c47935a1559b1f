import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { NewResult } from '../../contract/operations/new';
import { diskPath } from '../checkpoints/target';
import { announceWritten } from '../kit/announce';
import type { Command } from '../kit/command';
import { givenOptions } from '../kit/options';
import { writing } from '../kit/writing';
import type { CommandServices } from '../services';
import { choiceStep, type Choice } from '../ui/quick-pick';
import { runSteps, type Step } from '../ui/steps';
import { askText, withNotification } from '../ui/window';
import { counted } from '../../shared/numbers';
import { NEW_NETWORK_IDS, NEW_NETWORKS, type NewNetwork } from '../../shared/networks';

const TITLE = 'New Network';

/** For callers by name: nothing is asked. The output's name says the format. */
const newOptions = z.strictObject({
  network: z.enum(NEW_NETWORK_IDS),
  output: z.string().min(1),
  classes: z.int().min(2).default(10),
  channels: z.int().min(1).default(3),
  overwrite: z.boolean().default(false),
});
type NewOptions = z.output<typeof newOptions>;

interface Answers {
  readonly network: NewNetwork;
  readonly extension: string;
  readonly classes: number;
}

/** Writes an untrained network, for a training from scratch, and opens it. */
export const newNetwork: Command<NewResult> = {
  id: 'newNetwork',
  title: 'New Network…',
  icon: 'add',
  needsTrust: 'Writing a network',
  menus: { view: { group: '1_sample' } },
  async run(services, _given, given) {
    const options = givenOptions(newOptions, given) ?? (await ask());
    return options && run(services, options);
  },
};

async function run(services: CommandServices, options: NewOptions): Promise<NewResult> {
  const folder = path.dirname(options.output);
  const result = await withNotification(`Writing ${path.basename(options.output)}`, () =>
    writing(services, [folder], () => services.reader.call('newNetwork', options)),
  );
  const { output, parameters } = result;
  services.log.info(`${output}: a new ${options.network}, ${result.law}`);
  const message = `${path.basename(output)} is an untrained ${options.network} of ${counted(parameters, 'weight')}.`;
  announceWritten(services, message, { ...result, warnings: [] }, []);
  return result;
}

const FORMS: ReadonlyArray<Choice<Answers>> = [
  {
    label: 'PyTorch',
    description: '.pth, with a Python module that loads it',
    answer: { extension: '.pth' },
  },
  { label: 'Keras', description: '.keras', answer: { extension: '.keras' } },
  { label: 'ONNX', description: '.onnx, images as N × H × W × C', answer: { extension: '.onnx' } },
];

async function ask(): Promise<NewOptions | undefined> {
  const networks = NEW_NETWORKS.map(({ id, description }) => ({
    label: id,
    detail: description,
    answer: { network: id },
  }));
  const answers = await runSteps<Answers>(
    [
      choiceStep<Answers>(TITLE, 'Which network?', networks),
      choiceStep<Answers>(TITLE, 'In which format?', FORMS),
      askClasses,
    ],
    { network: 'resnet20', extension: '.pth', classes: 10 },
  );
  if (!answers) return undefined;
  const { network, extension, classes } = answers;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/');
  const uri = await vscode.window.showSaveDialog({
    title: TITLE,
    defaultUri: vscode.Uri.joinPath(folder, `${network}${extension}`),
    filters: { Checkpoint: [extension.slice(1)] },
  });
  if (!uri) return undefined;
  const output = diskPath(uri);
  // The dialog itself has asked before it gives the name of an existing file.
  return { network, classes, channels: 3, output, overwrite: existsSync(output) };
}

const askClasses: Step<Answers> = async ({ classes }) => {
  const typed = await askText({
    title: TITLE,
    prompt: 'How many classes?',
    value: String(classes),
    ignoreFocusOut: true,
    validateInput: (text) => (classesOf(text) === undefined ? 'A whole number of at least 2.' : undefined),
  });
  return typed === undefined ? undefined : { classes: classesOf(typed) };
};

function classesOf(text: string): number | undefined {
  const value = /^\d{1,7}$/.test(text.trim()) ? Number(text) : 0;
  return value >= 2 ? value : undefined;
}
