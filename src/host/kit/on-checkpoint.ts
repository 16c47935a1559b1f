import { chooseCheckpoint } from '../checkpoints/choose';
import type { Target } from '../checkpoints/target';
import type { CommandServices } from '../services';
import type { Command } from './command';
import { givenOptions, type OptionsSchema } from './options';

/** What a command does with a checkpoint. */
interface Work<Options, Result> {
  /** Title of its questions. */
  readonly asks: string;
  readonly options: OptionsSchema<Options>;
  /**
   * Asks the user for the options.
   * @param passed what a menu or the page passes along
   * @returns undefined when the user gave up
   */
  ask(services: CommandServices, target: Target, passed: unknown): Promise<Options | undefined>;
  /** @param byName nothing was asked, and nothing may be */
  run(
    services: CommandServices,
    target: Target,
    options: Options,
    byName: boolean,
  ): Promise<Result | undefined>;
}

/**
 * How a command on a checkpoint runs: on the file it was called for, else the active editor's, else one the user picks;
 * with the options of its caller, else with those that the user is asked for.
 */
export function onCheckpoint<Options, Result>(work: Work<Options, Result>): Command<Result>['run'] {
  return async (services, given, options) => {
    const target = await chooseCheckpoint(given, work.asks);
    if (!target) return undefined;
    const passed = givenOptions(work.options, options);
    const chosen = passed ?? (await work.ask(services, target, options));
    return chosen && work.run(services, target, chosen, passed !== undefined);
  };
}
