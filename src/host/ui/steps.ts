/** Where a step stands among all. */
export interface StepPosition {
  readonly step: number;
  readonly totalSteps: number;
  readonly canGoBack: boolean;
}

/** Of a single question. */
export const ONLY_STEP: StepPosition = { step: 1, totalSteps: 1, canGoBack: false };

/** Asks one thing and answers with what it adds to the state; `back` to the step before, undefined to give up. */
export type Step<S> = (state: S, position: StepPosition) => Promise<Partial<S> | 'back' | undefined>;

/**
 * Runs steps in order, with the way back. Each step sees what was answered before, its own earlier answer included.
 * @returns the last state, or undefined when the user gave up
 */
export async function runSteps<S extends object>(
  steps: ReadonlyArray<Step<S>>,
  initial: S,
): Promise<S | undefined> {
  let state = initial;
  let index = 0;
  for (;;) {
    const step = steps[index];
    if (!step) return state;
    const answer = await step(state, {
      step: index + 1,
      totalSteps: steps.length,
      canGoBack: index > 0,
    });
    if (answer === undefined) return undefined;
    if (answer === 'back') {
      index = Math.max(0, index - 1);
    } else {
      state = { ...state, ...answer };
      index++;
    }
  }
}
