import { UserError } from '../../core/errors';
import type { Backend } from '../../engine/backend';
import { findNative } from '../../engine/native/locate';
import { BACKENDS, type BackendName } from '../../contract/backend-names';
import { installHint } from './install-hint';
import type { Progress } from '../../contract/results';

const FALLING_BACK =
  'TensorFlow was not found, so the portable backend (WebAssembly) is used: about six times slower; ';

/**
 * The backend to run networks on: TensorFlow where its libraries are found, else the portable one. Each is loaded once
 * for the process, and not before it is asked for.
 * @param wanted a choice of the user; `ACNET_BACKEND` is looked at when absent
 * @param say gets a sentence when the portable backend stands in
 * @throws UserError where TensorFlow was asked for by name or place and is not there.
 */
export async function chooseBackend(
  wanted: BackendName | undefined = chosenByEnvironment(),
  say: (notice: string) => void = ignore,
): Promise<Backend> {
  const name = wanted ?? usable();
  if (name === 'tensorflow') return (await import('./native')).loadNativeBackend();
  if (wanted === undefined) say(FALLING_BACK + installHint());
  return loadPortable();
}

let portable: Promise<Backend> | undefined;

function loadPortable(): Promise<Backend> {
  return (portable ??= import('../../engine/portable/backend').then((module) =>
    module.createPortableBackend(),
  ));
}

/** @throws UserError for another name. */
export function chosenByEnvironment(environment: NodeJS.ProcessEnv = process.env): BackendName | undefined {
  const given = environment.ACNET_BACKEND;
  if (!given) return undefined;
  const name = BACKENDS.find((each) => each === given);
  if (name) return name;
  throw new UserError('ACNET_BACKEND names no backend', { found: given, expected: BACKENDS.join(' or ') });
}

/** A place that the user named is final: a mistyped path must not quietly give a slow run. */
export function usable(environment: NodeJS.ProcessEnv = process.env): BackendName {
  if (environment.ACNET_SETTINGS_NATIVE || environment.ACNET_NATIVE) return 'tensorflow';
  return findNative({ environment }).found ? 'tensorflow' : 'portable';
}

function ignore(): void {}

/**
 * Reads off an operation's progress how long it will take, once: the first reports are left out, since code is
 * compiled while it first runs.
 */
export class TimeEstimate {
  private reports = 0;
  private told = false;

  constructor(private readonly say: (notice: string) => void) {}

  update({ phase, done, total, secondsLeft, perSecond }: Progress): void {
    if (this.told || secondsLeft === undefined || perSecond === undefined) return;
    if (++this.reports < 3 && done < total) return;
    this.told = true;
    const seconds = total / perSecond;
    this.say(`${phase}: ${rate(perSecond)} a second, about ${roughly(seconds)} for ${total}`);
  }
}

/** A rate for people: two digits. */
export function rate(perSecond: number): string {
  return String(Number(perSecond.toPrecision(2)));
}

/** Seconds for people, rounded up: `8 s`, `12 min`, `3.5 h`. */
export function roughly(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
