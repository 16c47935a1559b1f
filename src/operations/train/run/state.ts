import { z } from 'zod';
import type { ByteSink } from '../../../core/bytes';
import { UserError } from '../../../core/errors';
import { parsePlainJson } from '../../../core/encodings/json';
import type { Weights } from '../../../engine/backend';
import type { TrainingPosition } from '../../../engine/training/loop';
import { openFile } from '../../../files/source';
import type { Arm, TrainEvent } from '../../../contract/results';
import { arm, trainEvent } from '../../../contract/results/training';

/** One arm of a job as it is kept between processes. */
export interface ArmState {
  readonly arm: Arm;
  /** Trained to the end; the optimiser's memory is left out then. */
  readonly done: boolean;
  readonly position: TrainingPosition;
  /** What the arm has told so far, steps left out. */
  readonly history: readonly TrainEvent[];
  /** What the job took so far. */
  readonly seconds: number;
}

/** What a state belongs to: a state of anything else is not continued. */
export interface RunIdentity {
  /** The job's settings that the numbers depend on. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Digest of network and weights, whatever file they lie in. */
  readonly checkpoint: string;
  /** Digest of the list of images and labels. */
  readonly data: string;
}

const MAGIC = 'acnet state 1\n';
/** A header holds names and a short history; more is not a header. */
const HEADER_LIMIT = 64 * 2 ** 20;

const whole = z.int().nonnegative();
const arrays = z.array(z.tuple([z.string(), whole]));
const header = z.object({
  identity: z.object({
    settings: z.record(z.string(), z.unknown()),
    checkpoint: z.string(),
    data: z.string(),
  }),
  arm,
  done: z.boolean(),
  epochs: whole,
  step: whole,
  lossSum: z.number(),
  steps: whole,
  history: z.array(trainEvent),
  seconds: z.number(),
  weights: arrays,
  optimiser: arrays,
});
type Header = z.infer<typeof header>;

/** Writes a state: a line of magic, the header's length, the header as JSON, then all numbers as float32. */
export function writeState(state: ArmState, identity: RunIdentity, sink: ByteSink): void {
  const { position, history, ...rest } = state;
  const { state: session, ...place } = position;
  const names = (values: Weights) => [...values].map(([name, { length }]) => [name, length]);
  const text = JSON.stringify({
    identity,
    ...rest,
    ...place,
    history,
    steps: session.steps,
    weights: names(session.weights),
    optimiser: names(session.optimiser),
  });
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  sink.write(new TextEncoder().encode(MAGIC));
  sink.write(length);
  sink.write(bytes);
  for (const values of [...session.weights.values(), ...session.optimiser.values()]) {
    sink.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
}

/**
 * Reads a state.
 * @throws UserError in one line when it is damaged, or belongs to another job, checkpoint or data.
 */
export function readState(path: string, expected: RunIdentity): ArmState {
  const file = openFile(path);
  try {
    const start = MAGIC.length + 4;
    if (file.size < start || new TextDecoder().decode(file.read(0, MAGIC.length)) !== MAGIC) {
      throw damaged(path, 'it does not begin as a state does');
    }
    const length = new DataView(file.read(MAGIC.length, 4).buffer).getUint32(0, true);
    if (length > HEADER_LIMIT || start + length > file.size) throw damaged(path, 'the header is cut off');
    const head = parseHeader(path, file.read(start, length));
    const wanted = [...head.weights, ...head.optimiser].reduce((sum, [, count]) => sum + count * 4, 0);
    if (start + length + wanted !== file.size) {
      throw damaged(path, `${file.size} bytes where ${start + length + wanted} belong`);
    }
    requireSame(path, head.identity, expected);
    let offset = start + length;
    const take = (list: Header['weights']): Weights =>
      new Map(
        list.map(([name, count]) => {
          const bytes = file.read(offset, count * 4);
          offset += count * 4;
          return [name, new Float32Array(bytes.buffer, bytes.byteOffset, count)];
        }),
      );
    return stateOf(head, take(head.weights), take(head.optimiser));
  } finally {
    file.close();
  }
}

function stateOf(head: Header, weights: Weights, optimiser: Weights): ArmState {
  const { epochs, step, lossSum, steps, done, history, seconds } = head;
  const position = { epochs, step, lossSum, state: { weights, optimiser, steps } };
  return { arm: head.arm, done, position, history, seconds };
}

function parseHeader(path: string, bytes: Uint8Array): Header {
  try {
    return header.parse(parsePlainJson(new TextDecoder().decode(bytes), { path }));
  } catch {
    throw damaged(path, 'the header cannot be read');
  }
}

function damaged(path: string, found: string): UserError {
  return new UserError('the state of the run is damaged; --overwrite starts anew', { path, found });
}

/** The setting that differs is named with both values: what the job says now, and what the run began with. */
function requireSame(path: string, found: RunIdentity, expected: RunIdentity): void {
  const names = new Set([...Object.keys(expected.settings), ...Object.keys(found.settings)]);
  for (const name of names) {
    const [now, then] = [expected, found].map(({ settings }) => JSON.stringify(settings[name]) ?? 'nothing');
    if (now === then) continue;
    throw new UserError('the run began with other settings and is not continued; --overwrite starts anew', {
      path,
      where: name,
      found: now,
      expected: then,
    });
  }
  const other = (['checkpoint', 'data'] as const).find((part) => found[part] !== expected[part]);
  if (!other) return;
  const what = other === 'checkpoint' ? 'another checkpoint' : 'other images';
  throw new UserError(`the run began with ${what} and is not continued; --overwrite starts anew`, {
    path,
    found: `${other} ${expected[other].slice(0, 12)}`,
    expected: `${other} ${found[other].slice(0, 12)}`,
  });
}
