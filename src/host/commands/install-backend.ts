import { mkdir } from 'node:fs/promises';
import { l10n } from 'vscode';
import { z } from 'zod';
import type { BackendResult, SelfTestResult } from '../../contract/results';
import { HostError, isCancelled, messageOf } from '../errors';
import { findPip } from '../native/find-pip';
import { installTensorflow, uninstallTensorflow } from '../native/install';
import type { InstallProgress } from '../native/installer-process';
import type { NativeBackend } from '../native/native-backend';
import { selectedInterpreter } from '../native/python-extension';
import { TENSORFLOW_VERSION, wheelFor } from '../native/wheels';
import type { Command } from '../kit/command';
import { notify, withNotification, type Log, type ProgressReport } from '../ui/window';

/** For callers by name: nothing is asked, and what is there already is not looked at. */
const installOptions = z.strictObject({ python: z.string().min(1).optional() });

/**
 * Says what TensorFlow there is already; else asks once, downloads it with pip and tries it. What goes wrong is reported in one
 * sentence, and nothing is left then.
 */
export const installBackend: Command<SelfTestResult> = {
  id: 'installBackend',
  title: 'Install Native Backend',
  icon: 'cloud-download',
  needsTrust: 'Installing the native backend',
  menus: { view: { group: '2_backend' } },
  async run({ native, log }, given) {
    if (native.installation) throw new HostError(l10n.t('an installation is under way already'));
    const stop = (native.installation = new AbortController());
    try {
      const options = installOptions.safeParse(given).data;
      if (!options && !(await isWanted(native))) return undefined;
      const result = await install(log, native, stop, options?.python);
      const words = l10n.t('TensorFlow {0} is installed: {1} training steps took {2} s.', ...told(result));
      void notify('info', words);
      return result;
    } catch (error) {
      if (!isCancelled(error)) throw error;
      void notify('info', l10n.t('Installing TensorFlow was stopped; nothing was left.'));
      return undefined;
    } finally {
      native.installation = undefined;
    }
  },
};

const told = ({ steps, seconds }: SelfTestResult): [string, number, string] => [
  TENSORFLOW_VERSION,
  steps,
  seconds.toFixed(1),
];

async function isWanted(native: NativeBackend): Promise<boolean> {
  const wheel = wheelFor(`${process.platform}-${process.arch}`);
  if (!wheel) {
    const system = `${process.platform}-${process.arch}`;
    throw new HostError(l10n.t('there is no native backend for {0}; the portable one is used', system));
  }
  const install = l10n.t('Download');
  const found = await native.withTrainer((trainer) => trainer.call('backend', {})).catch(() => undefined);
  if (found?.backend === 'tensorflow') return askAgain(found);
  const question = l10n.t('Download TensorFlow {0} with pip?', TENSORFLOW_VERSION);
  const detail = l10n.t(
    '{0} MB come from the package index that pip is set up for, and take {1} GB on the disk. They are checked against a pinned hash and kept in the extension’s own folder; no Python environment is changed.',
    wheel.megabytes,
    (wheel.unpackedMegabytes / 1000).toFixed(1),
  );
  return (await notify('info', question, [install], { detail })) === install;
}

async function askAgain(found: BackendResult): Promise<boolean> {
  const message = l10n.t(
    'TensorFlow {0} was found ({1}) and is used; nothing needs to be downloaded.',
    found.tensorflow ?? '',
    placeOf(found),
  );
  const anyway = l10n.t('Download Anyway');
  return (await notify('info', message, [anyway])) === anyway;
}

function placeOf({ foundBy = '' }: BackendResult): string {
  const places: Readonly<Record<string, string>> = {
    settings: l10n.t('in the folder of the settings'),
    ACNET_NATIVE: l10n.t('by the variable ACNET_NATIVE'),
    python: l10n.t('in the Python environment'),
    installed: l10n.t('installed by this extension'),
    cache: l10n.t('in the cache of the repository’s set-up'),
    'tfjs-node': l10n.t('in tfjs-node’s package'),
  };
  return places[foundBy] ?? foundBy;
}

function install(
  log: Log,
  native: NativeBackend,
  stop: AbortController,
  python: string | undefined,
): Thenable<SelfTestResult> {
  const title = l10n.t('Installing TensorFlow {0}', TENSORFLOW_VERSION);
  const work = async (report: (progress: ProgressReport) => void): Promise<SelfTestResult> => {
    await mkdir(native.storage, { recursive: true });
    const interpreters = python ? [python] : [selectedInterpreter() ?? [], 'python3', 'python'].flat();
    const withPip = await findPip(interpreters, native.storage);
    const folder = await installTensorflow({
      python: withPip,
      script: native.installer,
      storage: native.storage,
      signal: stop.signal,
      onProgress: progressOn(report),
    });
    log.info(`TensorFlow ${TENSORFLOW_VERSION} in ${folder}, by ${withPip}`);
    report({ message: l10n.t('testing') });
    const result = await tested(native, stop.signal);
    native.changed();
    return result;
  };
  return withNotification(title, work, () => stop.abort());
}

/** What does not work is not kept: it would stand before a backend that does. */
async function tested(native: NativeBackend, signal: AbortSignal): Promise<SelfTestResult> {
  const alone = {
    ACNET_BACKEND: 'tensorflow',
    ...{ ACNET_NATIVE: undefined, ACNET_SETTINGS_NATIVE: undefined, ACNET_PYTHON: undefined },
  };
  try {
    return await native.withTrainer((trainer) => trainer.call('selfTest', {}, { signal }), alone);
  } catch (error) {
    await uninstallTensorflow(native.storage);
    if (isCancelled(error)) throw error;
    throw new HostError(
      l10n.t('TensorFlow does not work on this machine, so it was removed again: {0}', messageOf(error)),
    );
  }
}

/** Downloading and unpacking take about as long; each is half of the bar. */
function progressOn(report: (progress: ProgressReport) => void) {
  let shown = 0;
  return ({ phase, done, total }: InstallProgress): void => {
    const percent = (phase === 'unpacking' ? 50 : 0) + (50 * done) / total;
    const megabytes = (value: number): string => (value / 1e6).toFixed(0);
    const message =
      phase === 'unpacking'
        ? l10n.t('unpacking: {0} of {1} MB', megabytes(done), megabytes(total))
        : l10n.t('downloading: {0} of {1} MB', megabytes(done), megabytes(total));
    report({ message, increment: Math.max(0, percent - shown) });
    shown = Math.max(shown, percent);
  };
}
