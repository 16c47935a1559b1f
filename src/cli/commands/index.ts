import type { Command } from 'commander';
import type { Session } from '../session';
import { backendCommand } from './backend';
import { compareCommand } from './compare';
import { convertCommand } from './convert';
import { demoCommand } from './demo';
import { evaluateCommand } from './evaluate';
import { exportCommand } from './export';
import { fuseCommand } from './fuse';
import { inspectCommand } from './inspect';
import { kernelsCommand } from './kernels';
import { newCommand } from './new';
import { pruneCommand } from './prune';
import { robustnessCommand } from './robustness';
import { trainCommand } from './train';
import { verifyCommand } from './verify';

const COMMANDS = [
  inspectCommand,
  kernelsCommand,
  compareCommand,
  newCommand,
  convertCommand,
  trainCommand,
  fuseCommand,
  exportCommand,
  verifyCommand,
  evaluateCommand,
  pruneCommand,
  robustnessCommand,
  backendCommand,
  demoCommand,
];

/** Adds every command, in the order in which they are used. */
export function registerCommands(program: Command, session: Session): void {
  for (const register of COMMANDS) register(program, session);
}
