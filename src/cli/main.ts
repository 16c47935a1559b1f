import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import type { Reading } from '../core/checkpoint';
import { UserError } from '../core/errors';
import type { BackendName } from '../contract/backend-names';
import { registerCommands } from './commands';
import { terminalLine, terminalText } from '../shared/sinks/terminal';
import { PROGRAM_NOTES } from './help';
import type { Io } from './io';
import { Session } from './session';

/** Exit codes, as promised to scripts. */
const FAILED = 1;
const BAD_USAGE = 2;

/**
 * The command line `acnet`.
 * @param argv arguments after the program's name.
 * @returns the exit code: 0 done, 1 failed, 2 bad usage.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const session = new Session(io);
  try {
    await program(session).parseAsync(argv, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
    io.err.write(terminalText(`acnet: ${terminalLine(describe(error))}\n`));
    return FAILED;
  }
}

function program(session: Session): Command {
  const { io } = session;
  const command = new Command('acnet')
    .description(
      'Swaps the k×k convolutions of a trained network for asymmetric convolution blocks (ACBs), fine-tunes, and fuses the blocks back into plain convolutions.',
    )
    .usage('<command> [options]')
    .helpCommand(false)
    .version(version, '-V, --version', 'display the version')
    .addHelpText('after', PROGRAM_NOTES);
  configure(command, io);
  command.hook('preAction', (_, action) => {
    const { backend, equalWeights, bnEpsilon } = action.opts<{ backend?: BackendName } & Reading>();
    session.backend = backend;
    session.reading = { equalWeights, bnEpsilon };
  });
  registerCommands(command, session);
  return command;
}

/** Subcommands copy these settings when they are made. */
function configure(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out.write(terminalText(text)),
    writeErr: (text) => io.err.write(terminalText(text)),
    getOutHelpWidth: () => io.out.columns,
    getErrHelpWidth: () => io.err.columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    outputError: (text, write) => write(`acnet: ${usageError(text)}\n`),
  });
}

/** Commander's message on one line, with the way to the help. */
function usageError(text: string): string {
  const message = text
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  return `${message} (--help shows what is allowed)`;
}

/** One line, whatever was thrown. A failure that is not a user's mistake says so. */
function describe(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `unexpected failure: ${text.replace(/\s*[\r\n]+\s*/g, ' ')}`;
}
