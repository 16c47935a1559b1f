import path from 'node:path';
import { UserError } from '../../core/errors';
import { parsePlainJson } from '../../core/encodings/json';
import { isTaken } from '../../files/atomic';
import type { OwnFolder } from '../../files/own-folder';
import type { Job } from './job';
import { JOB_RECORD, RUN_FILES } from './folder';

/** A record holds a job's settings. */
const LIMIT = 2 ** 20;

/**
 * Makes sure that a folder is this job's before anything in it is replaced: it is new, or holds the record of this job.
 * @throws UserError that says what is there and what to do
 */
export function requireOwnFolder(folder: OwnFolder, { file }: Pick<Job, 'file'>): void {
  folder.requirePlain([JOB_RECORD, ...RUN_FILES]);
  const text = folder.read(JOB_RECORD, LIMIT);
  if (text === undefined) {
    const others = RUN_FILES.filter((name) => folder.has(name));
    if (others.length === 0) return;
    throw new UserError(
      'the folder of the job holds files of something else; move them, or run in another folder (-o)',
      { path: folder.path, found: others.join(', '), expected: `an empty folder, or one with ${JOB_RECORD}` },
    );
  }
  const recorded = recordedJob(text);
  if (recorded === undefined) {
    throw new UserError('this is not the record of a job; move it, or run in another folder (-o)', {
      path: folder.at(JOB_RECORD),
    });
  }
  if (isOf(recorded, file, folder.path)) return;
  throw new UserError('the folder holds the run of another job; move it, or run in another folder (-o)', {
    path: folder.at(JOB_RECORD),
    found: path.resolve(folder.path, recorded),
    expected: file,
  });
}

/** Settings that may change between two runs of one job. */
const MAY_CHANGE: ReadonlySet<string> = new Set([
  '$schema',
  'job',
  'file',
  'checkpoint',
  'architecture',
  'folder',
  'output',
  'saveEvery',
]);

/**
 * The first setting in which a job is other than the one that is recorded in a folder; undefined where they are the same. Paths
 * do not count: a project may be moved.
 */
export function changedSetting(folder: OwnFolder, job: Job): string | undefined {
  const before = settingsOf(folder.read(JOB_RECORD, LIMIT) ?? '{}');
  const now = settingsOf(jobRecord(job, folder.path));
  const names = [...new Set([...before.keys(), ...now.keys()])];
  return names.find((name) => before.get(name) !== now.get(name));
}

function settingsOf(record: string): Map<string, string> {
  const { data, ...settings } = parsePlainJson(record, {}) as { readonly data?: object };
  const all = Object.entries({ ...settings, ...data }).filter(([name]) => !MAY_CHANGE.has(name));
  return new Map(all.map(([name, value]) => [name, JSON.stringify(value)]));
}

/** What is recorded of a job: its settings, and where its file lies, so that a moved or copied project stays whole. */
export function jobRecord({ file, ...settings }: Job, folder: string): string {
  const relative = path.relative(path.resolve(folder), file).split(path.sep).join('/');
  return `${JSON.stringify({ job: relative, ...settings }, null, 2)}\n`;
}

/** The job file that a record names: the empty text in records of earlier versions, undefined if it is not a record. */
function recordedJob(text: string): string | undefined {
  try {
    const record = parsePlainJson(text, {}) as Readonly<Record<string, unknown>> | null;
    const isRecord =
      typeof record?.checkpoint === 'string' && typeof record.data === 'object' && record.data !== null;
    if (!isRecord) return undefined;
    return typeof record.job === 'string' && !record.job.includes('\0') ? record.job : '';
  } catch {
    return undefined;
  }
}

/** A job file of this name counts for the recorded one where that is no more: somebody moved one of the two. */
function isOf(recorded: string, file: string, folder: string): boolean {
  if (recorded === '') return true;
  const then = path.resolve(folder, recorded);
  return then === file || (path.basename(then) === path.basename(file) && !isTaken(then));
}
