import { describe, expect, it } from 'vitest';
import { runSteps, type Step } from '../../../src/host/ui/steps';

interface Answers {
  readonly colour?: string;
  readonly size?: number;
}

describe('several questions', () => {
  it('go on, back and on again, with the earlier answers kept', async () => {
    const seen: string[] = [];
    const answers = ['red', 'back', 'blue', 7][Symbol.iterator]();
    const step =
      (key: keyof Answers): Step<Answers> =>
      (state, { step: number, totalSteps, canGoBack }) => {
        seen.push(`${number}/${totalSteps} ${canGoBack} ${JSON.stringify(state)}`);
        const { value } = answers.next() as { value: string | number };
        return Promise.resolve(value === 'back' ? 'back' : { [key]: value });
      };
    expect(await runSteps([step('colour'), step('size')], {})).toEqual({ colour: 'blue', size: 7 });
    expect(seen).toEqual([
      '1/2 false {}',
      '2/2 true {"colour":"red"}',
      '1/2 false {"colour":"red"}',
      '2/2 true {"colour":"blue"}',
    ]);
  });

  it('end with the first that is closed', async () => {
    let later = 0;
    const close: Step<Answers> = () => Promise.resolve(undefined);
    const count: Step<Answers> = (state) => Promise.resolve((later++, state));
    expect(await runSteps([close, count], {})).toBeUndefined();
    expect(later).toBe(0);
  });
});
