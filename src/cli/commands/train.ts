import { existsSync, lstatSync } from 'node:fs';
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { Reading } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import { checkTarget, isTaken } from '../../files/atomic';
import { refuseInput } from '../../files/inputs';
import type { Job } from '../../operations/job/job';
import type { OperationContext } from '../../operations/kit/context';
import { jobFolder } from '../../operations/job/folder';
import type { Allowed } from '../../operations/job/places';
import type { ProfileResult, TrainEvent, TrainResult } from '../../contract/results';
import { terminalResult } from '../../shared/sinks/terminal';
import { withArchitecture, withBackend, withJson, type ArchitectureFlag } from '../arguments';
import { examples } from '../help';
import { renderProfile } from '../render/profile';
import { renderEvent, renderTrain } from '../render/training';
import type { Session } from '../session';

const JOB_NOTES = `
A job is a JSON file, made to be committed; paths in it are relative to it:
  {
    "checkpoint": "model.keras",
    "data": { "folder": "images" },
    "epochs": 10,
    "batch": 128,
    "learningRate": 0.01
  }
Two networks are trained on the same data, in the same order, by the same
recipe: the baseline, which is the network as it is, and the ACNet made of it.
With --json each line of standard output is one event of the log, and the last
line is the result.`;

interface Flags extends ArchitectureFlag, Reading {
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly allowOutside?: boolean;
  readonly resume?: boolean;
  readonly profile?: boolean;
  readonly report?: string;
  readonly json?: boolean;
}

/** `acnet train JOB.acnet.json` */
export function trainCommand(parent: Command, session: Session): void {
  const command = parent
    .command('train')
    .description('Fine-tune a checkpoint as ACNet, and its baseline the same way')
    .argument('<job>', 'job file, as in job.acnet.json')
    .option(
      '-o, --output <dir>',
      'folder for the log and the checkpoints (default: beside the job, named after it)',
    );
  command.option('--resume', 'continue the run that was stopped or killed');
  const profiled = new Option('--profile', 'only tell where the time of a training step goes, by operator');
  command.addOption(profiled.conflicts(['output', 'resume', 'report', 'overwrite', 'allowOutside']));
  command.option('--report <file>', 'also write an HTML page with kernels, curves and tables');
  command.option(
    '--force, --overwrite',
    'replace checkpoints and report of an earlier run of the job, and start anew where one is unfinished',
  );
  command.option(
    '--allow-outside',
    'let the job write outside of the folder of its file and of --output, as its "output.folder" or a link may say',
  );
  withArchitecture(command);
  withBackend(command);
  withJson(command)
    .addHelpText(
      'after',
      `${JOB_NOTES}\n` +
        examples([
          'acnet train job.acnet.json',
          'acnet train job.acnet.json --resume',
          'acnet train job.acnet.json --json > log.jsonl',
          'acnet train job.acnet.json --profile',
        ]),
    )
    .action((file: string, flags: Flags) =>
      flags.profile ? profile(session, file, flags) : train(session, file, flags),
    );
}

async function train(
  session: Session,
  file: string,
  { output, overwrite, allowOutside, resume, report, json, ...asked }: Flags,
): Promise<void> {
  if (report !== undefined) refuseReport(report, overwrite ?? false);
  const { readJobFile } = await import('../../operations/job/file');
  const { firstSeed, runJob } = await import('../../operations/train/run-job');
  const { trainingReport, writeReport } = await import('../../operations/report/write');
  const read = withAsked(await readJobFile(file), asked);
  if (report !== undefined) refuseInput(report, { paths: [read.checkpoint, read.architecture, file] });
  const job = overwrite ? { ...read, output: { ...read.output, overwrite } } : read;
  const directory = output ?? jobFolder(file);
  const allowed = allowOutside ? 'anywhere' : typedFolder(output);
  const events: TrainEvent[] = [];
  const ofFirstSeed = firstSeed();
  const onEvent = (event: TrainEvent): void => {
    if (ofFirstSeed(event) && event.event !== 'step') events.push(event);
    if (json) session.printJson(event);
    else for (const line of renderEvent(terminalResult(event))) session.print(line);
  };
  await session.run<TrainResult>(
    { json },
    {
      work: async (context) => {
        const result = await runJob(job, { directory, resume, overwrite, allowed }, { ...context, onEvent });
        if (report !== undefined) {
          await writeReport(report, await trainingReport(job, file, result, events), { overwrite });
        }
        return result;
      },
      render: renderTrain,
      failed: ({ fused, outputs }) =>
        !fused.passed && `${outputs.fused}: ${fused.failure ?? 'it differs from the trained network'}`,
    },
  );
}

async function profile(session: Session, file: string, { json, ...asked }: Flags): Promise<void> {
  const { readJobFile } = await import('../../operations/job/file');
  const { profileJob } = await import('../../operations/train/profile');
  const job = withAsked(await readJobFile(file), asked);
  const work = (context: OperationContext): Promise<ProfileResult> => profileJob(job, context);
  await session.run({ json }, { work, render: renderProfile });
}

/** The job with what the command line says of its network, in place of what it says itself. */
function withAsked(job: Job, { architecture, equalWeights, bnEpsilon }: ArchitectureFlag & Reading): Job {
  return {
    ...job,
    ...(architecture !== undefined && { architecture }),
    ...(equalWeights !== undefined && { equalWeights }),
    ...(bnEpsilon !== undefined && { bnEpsilon }),
  };
}

/** A folder that was typed may be written into; where a link of that name leads has not been typed. */
function typedFolder(output: string | undefined): Allowed {
  if (output === undefined) return [];
  return lstatSync(path.resolve(output), { throwIfNoEntry: false })?.isSymbolicLink() ? [] : [output];
}

/** Says before hours of training what writing would say after them. */
function refuseReport(report: string, overwrite: boolean): void {
  if (!existsSync(path.dirname(path.resolve(report)))) {
    throw new UserError('the folder of the report does not exist', { path: report });
  }
  checkTarget(report, true);
  if (isTaken(report) && !overwrite) {
    throw new UserError('the report exists; --overwrite replaces it', { path: report });
  }
}
