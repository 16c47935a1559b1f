import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../core/errors';
import type { TrainEvent, TrainResult } from '../../operations/results';
import { withJson } from '../arguments';
import { examples } from '../help';
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
Two arms are trained on the same data, in the same order, by the same recipe:
the network as it is (baseline) and converted to ACNet. With --json each line of
standard output is one event of the log, and the last line is the result.`;

interface Flags {
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `acnet train JOB.acnet.json` */
export function trainCommand(parent: Command, session: Session): void {
  const command = parent
    .command('train')
    .description('Fine-tune a checkpoint as ACNet, beside an unconverted baseline')
    .argument('<job>', 'job file, as in job.acnet.json')
    .option(
      '-o, --output <dir>',
      'folder for the log and the checkpoints (default: beside the job, named after it)',
    );
  command.option('--force, --overwrite', 'replace the checkpoints of an earlier run of the job');
  withJson(command)
    .addHelpText(
      'after',
      JOB_NOTES +
        examples(['', 'acnet train job.acnet.json', 'acnet train job.acnet.json --json > log.jsonl']),
    )
    .action((file: string, flags: Flags) => train(session, file, flags));
}

async function train(session: Session, file: string, { output, overwrite, json }: Flags): Promise<void> {
  const text = await jobText(file);
  const [{ readJob }, { trainJob }] = await Promise.all([
    import('../../operations/job'),
    import('../../operations/train'),
  ]);
  const read = readJob(text, file);
  const job = overwrite ? { ...read, output: { ...read.output, overwrite } } : read;
  const directory = output ?? defaultFolder(file);
  const onEvent = (event: TrainEvent): void => {
    if (json) session.printJson(event);
    else for (const line of renderEvent(event)) session.print(line);
  };
  await session.run<TrainResult>(
    { json },
    {
      work: (context) => trainJob(job, { directory }, { ...context, onEvent }),
      render: renderTrain,
      failed: ({ fused }) => !fused.passed,
    },
  );
}

async function jobText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found = code === 'ENOENT' ? 'no such file' : (error as Error).message;
    throw new UserError('the job file cannot be read', { path: file, found });
  }
}

/** `runs/mnist.acnet.json` → `runs/mnist.acnet`. */
function defaultFolder(file: string): string {
  const name = path.basename(file).replace(/\.json$/, '');
  return path.join(path.dirname(file), name === path.basename(file) ? `${name}.run` : name);
}
