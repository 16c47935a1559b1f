import * as vscode from 'vscode';
import type { CommandServices } from '../services';
import { nameOf, type Command } from './command';
import { reportFailure } from './failure';
import { isTrusted } from './trust';

/**
 * Registers commands whose failures are shown, with the way to the log. Whoever calls one, by hand or by name, it
 * never rejects: it answers with its result, or with undefined when it was not done, and the user then knows why.
 * Commands stay callable in a restricted workspace whatever their `when` clauses say, so that is looked at here.
 */
export function register(services: CommandServices, commands: readonly Command[]): vscode.Disposable {
  return vscode.Disposable.from(...commands.map((command) => registerOne(services, command)));
}

function registerOne(services: CommandServices, command: Command): vscode.Disposable {
  const name = nameOf(command);
  return vscode.commands.registerCommand(name, async (given: unknown, options: unknown) => {
    try {
      if (command.needsTrust !== undefined && !isTrusted(command.needsTrust)) return undefined;
      return await command.run(services, given, options);
    } catch (error) {
      reportFailure(services, name, error);
      return undefined;
    }
  });
}
