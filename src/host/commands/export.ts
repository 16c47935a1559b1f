import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';
import { z } from 'zod';
import type { ExportResult } from '../../contract/results';
import type { Target } from '../checkpoints/target';
import { inspectClearly } from '../reading/ask';
import { HostError } from '../errors';
import { askFile, type Output } from '../checkpoints/ask-output';
import { suggestExport, type ExportForm } from '../checkpoints/suggest-output';
import { choiceStep } from '../ui/quick-pick';
import { runSteps, type StepPosition } from '../ui/steps';
import { announceWritten } from '../kit/announce';
import type { Command } from '../kit/command';
import { onCheckpoint } from '../kit/on-checkpoint';
import { writing } from '../kit/writing';
import type { CommandServices } from '../services';
import { withoutNetwork } from '../checkpoints/without-network';
import { verifyWritten } from './verify';
import { LAYOUTS, type Layout } from '../../shared/choices';

const TITLE = 'Export As';

/** For callers by name: nothing is asked. The output's name says the format. */
const exportOptions = z.strictObject({
  output: z.string().min(1),
  layout: z.enum(LAYOUTS).optional(),
  overwrite: z.boolean().default(false),
});
type ExportOptions = z.infer<typeof exportOptions>;

type Form = vscode.QuickPickItem & ExportForm & { readonly layout?: Layout };

/** What a network can be saved as. */
const FORMS: readonly Form[] = [
  {
    label: 'ONNX',
    description: '.onnx, images as N × H × W × C',
    detail: 'Channels last, as in Keras and in the inspector.',
    extension: '.onnx',
    layout: 'nhwc',
  },
  {
    label: 'ONNX, channels first',
    description: '.onnx, images as N × C × H × W',
    detail: 'As PyTorch and most programs that run ONNX have them.',
    extension: '.onnx',
    layout: 'nchw',
  },
  {
    label: 'Keras',
    description: '.keras',
    detail: 'Opens in Keras 3: keras.models.load_model.',
    extension: '.keras',
  },
  {
    label: 'Keras HDF5',
    description: '.h5',
    detail: 'Opens in Keras 2 and tf.keras.',
    extension: '.h5',
  },
  {
    label: 'TensorFlow.js',
    description: 'a folder with model.json and its weights',
    detail: 'Opens in browsers: tf.loadLayersModel.',
    extension: '.json',
    folder: true,
  },
];

interface Answers {
  readonly form: Form;
  readonly output?: Output;
}

/** Writes the network of a checkpoint in another format. */
export const exportAs: Command<ExportResult> = {
  id: 'export',
  title: 'Export As…',
  icon: 'export',
  needsTrust: 'Exporting',
  menus: {
    explorer: 'checkpoint',
    inspector: { group: '1_acnet', when: 'canRun' },
    row: { group: '1_acnet', of: 'exportable' },
  },
  fromPage: { exportAs: ({ run }) => run() },
  run: onCheckpoint({ asks: TITLE, options: exportOptions, ask, run }),
};

async function run(
  services: CommandServices,
  target: Target,
  options: ExportOptions,
): Promise<ExportResult | undefined> {
  const plan = { title: `Exporting ${target.name}`, kind: 'export', file: target.key } as const;
  const folder = path.dirname(options.output);
  const result = await services.jobs.run(plan, (job) =>
    inFolder(folder, () =>
      writing(services, [folder], () =>
        services.reader.call('exportAs', { path: target.path, ...options }, job.callOptions()),
      ),
    ),
  );
  if (!result) return undefined;
  const { output, formatLabel } = result;
  services.log.info(`${target.path}: exported as ${formatLabel} into ${output}`);
  const named = path.relative(path.dirname(target.path), output);
  const name = named.startsWith('..') ? path.basename(output) : named;
  const message = `Exported the network as ${formatLabel} into ${name}.`;
  announceWritten(services, message, result, verifyWritten(target, result));
  return result;
}

async function ask(services: CommandServices, target: Target): Promise<ExportOptions | undefined> {
  const { path: source, name: file } = target;
  const { hasGraph, unsupported } = await inspectClearly(services, source);
  if (!hasGraph) throw new HostError(withoutNetwork(file, 'exported'));
  if (unsupported.length > 0) {
    const names = unsupported.slice(0, 3).join(', ');
    throw new HostError(`${file} has operators that are not supported and cannot be exported: ${names}`);
  }
  const other = FORMS.find(({ extension }) => extension !== path.extname(source).toLowerCase());
  const answers = await runSteps<Answers>(
    [askForm, ({ form }, position) => askPlace(source, form, position)],
    { form: other ?? FORMS[0] },
  );
  if (!answers?.output) return undefined;
  const { form, output } = answers;
  const { layout } = form;
  return { output: output.path, overwrite: output.overwrite, ...(layout && { layout }) };
}

const askForm = choiceStep<Answers>(
  TITLE,
  'In which format?',
  FORMS.map((form) => ({ ...form, answer: { form } })),
);

function askPlace(source: string, form: Form, position: StepPosition) {
  const names = suggestExport(source, form, existsSync);
  const filters = { [form.label]: [form.extension.slice(1)] };
  const placeholder = 'Where to write the network';
  return askFile({ ...names, title: TITLE, filters, placeholder }, position);
}

/** Runs `work` that writes into a folder, which is made where only its own folder exists; unused it goes again. */
async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  if (existsSync(folder) || !existsSync(path.dirname(folder))) return work();
  await mkdir(folder);
  try {
    return await work();
  } catch (error) {
    await rmdir(folder).catch(() => undefined);
    throw error;
  }
}
