import type { Command } from '../kit/command';
import { attachArchitecture } from './attach-architecture';
import { compare } from './compare';
import { convert } from './convert';
import { detachArchitecture } from './detach-architecture';
import { diagnose } from './diagnose';
import { exportAs } from './export';
import { fineTune } from './fine-tune';
import { forgetAnswers } from './forget-answers';
import { fuse } from './fuse';
import { inspect } from './inspect';
import { installBackend } from './install-backend';
import { newJob } from './new-job';
import { newNetwork } from './new-network';
import { openSample } from './open-sample';
import { prune } from './prune';
import { refreshCheckpoints } from './refresh-checkpoints';
import { resumeJob } from './resume-job';
import { robustness } from './robustness';
import { runJob } from './run-job';
import { showJobs } from './show-jobs';
import { showLog } from './show-log';
import { uninstallBackend } from './uninstall-backend';
import { verify } from './verify';

/** Every command of the extension, in the order of the menus. */
export const COMMANDS: readonly Command[] = [
  inspect,
  convert,
  fineTune,
  fuse,
  verify,
  prune,
  robustness,
  newJob,
  exportAs,
  compare,
  attachArchitecture,
  detachArchitecture,
  forgetAnswers,
  runJob,
  resumeJob,
  showJobs,
  showLog,
  refreshCheckpoints,
  openSample,
  newNetwork,
  installBackend,
  uninstallBackend,
  diagnose,
];
