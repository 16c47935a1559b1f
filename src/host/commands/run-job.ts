import path from 'node:path';
import * as vscode from 'vscode';
import { z } from 'zod';
import type { TrainResult } from '../../contract/results';
import type { JobFacts } from '../../contract/calls';
import { diskPath } from '../checkpoints/choose';
import { HostError } from '../errors';
import { isJobFile } from '../training/job-file';
import { runTraining, type RunOptions } from '../training/run';
import { givenOptions, isTrusted, type CommandServices } from '../services';
import { counted } from '../ui/words';
import { notify, pickOne, type PickItem } from '../ui/window';

/** For callers by name: nothing is asked. */
const runOptions = z.strictObject({
  resume: z.boolean().optional(),
  overwrite: z.boolean().optional(),
  /** Lets the job write outside of its folder and the workspace. */
  allowOutside: z.boolean().optional(),
});

const IGNORED = '**/{node_modules,.git,.venv,venv}/**';
const LISTED = 200;

/**
 * `acnet.runJob`: runs a job file, the open one when none is given.
 * @param options what to do with an earlier run without asking
 */
export async function runJob(
  services: CommandServices,
  given: unknown,
  options: unknown,
): Promise<TrainResult | undefined> {
  if (!isTrusted('Running a job')) return undefined;
  const uri = chosenJob(given) ?? (await pickJob(services, 'Run Job', () => true));
  if (!uri) return undefined;
  await saveIfOpen(uri);
  const file = diskPath(uri);
  const how = givenHow(options) ?? (await askHow(services, file));
  return how && runTraining(services, file, how);
}

/** `acnet.resumeJob`: goes on with the run of a job file that was stopped or killed. */
export async function resumeJob(services: CommandServices, given: unknown): Promise<TrainResult | undefined> {
  if (!isTrusted('Resuming a job')) return undefined;
  const uri = chosenJob(given) ?? (await pickJob(services, 'Resume Job', ({ run }) => run === 'unfinished'));
  if (!uri) return undefined;
  await saveIfOpen(uri);
  return runTraining(services, diskPath(uri), { resume: true });
}

function givenHow(options: unknown): RunOptions | undefined {
  const { allowOutside, ...given } = givenOptions(runOptions, options) ?? {};
  if (allowOutside === undefined && Object.keys(given).length === 0) return undefined;
  return { ...given, outside: allowOutside ? 'allow' : 'refuse' };
}

function chosenJob(given: unknown): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) return given;
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText && isJobFile(input.uri.path) ? input.uri : undefined;
}

/** What is seen is what is run. */
async function saveIfOpen(uri: vscode.Uri): Promise<void> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty && !(await open.save()))
    throw new HostError('the job file could not be saved', uri.fsPath);
}

/** Nothing of an earlier run is lost without a word. */
async function askHow({ reader }: CommandServices, file: string): Promise<RunOptions | undefined> {
  const { run, folder } = await reader.call('job', { path: file });
  if (run === 'none') return {};
  const name = path.basename(file);
  const anew = run === 'finished' ? 'Run Again' : 'Start Anew';
  const message =
    run === 'finished' ? `${name} was run already. Run it again?` : `${name} has an unfinished run.`;
  const detail = `The checkpoints of the earlier run in ${folder} are replaced when a new one is done.`;
  const answers = run === 'finished' ? [anew] : ['Resume', anew];
  const answer = await notify('warning', message, answers, { detail });
  if (answer === undefined) return undefined;
  return answer === anew ? { overwrite: true } : { resume: true };
}

async function pickJob(
  { reader }: CommandServices,
  title: string,
  wanted: (facts: JobFacts) => boolean,
): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.acnet.json', IGNORED, LISTED);
  const items: Array<PickItem & { readonly uri: vscode.Uri }> = [];
  for (const uri of found) {
    // A job file that cannot be read cannot be run; opening it shows what is wrong with it.
    const facts = await reader.call('job', { path: uri.fsPath }).catch(() => undefined);
    if (!facts || !wanted(facts)) continue;
    const description = vscode.workspace.asRelativePath(path.dirname(uri.fsPath));
    const detail = `${path.basename(facts.checkpoint)}, ${counted(facts.epochs, 'epoch')} on ${facts.data}`;
    items.push({ label: path.basename(uri.fsPath), description, detail, uri });
  }
  if (items.length === 0) throw new HostError(`${title}: no job file of the workspace has anything to do`);
  return (await pickOne(items, { title, placeHolder: 'Which job?' }))?.uri;
}
