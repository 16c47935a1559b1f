import type { CompareKernelsResult } from '../../../src/contract/results';
import { send } from '../../host';
import type { Format } from '../../../src/shared/format';
import { fileName } from '../../ui/paths';
import { tab } from '../tab';
import type { Head } from '../tab';
import { compareChoices } from './choices';
import { Compare } from './panel';
import { comparisonFacts } from './words';

/** The record of the tab. The host turns to it with each new comparison; its head names both files. */
export const compare = tab({
  label: 'Compare',
  choices: compareChoices,
  head: (state, format) => state.compare?.result && headOf(state.compare.result, format),
  turn: (state, { seen }) => {
    const asked = state.compare?.asked;
    return asked === undefined || asked === seen ? undefined : { seen: asked };
  },
  Panel: Compare,
});

function headOf(compared: CompareKernelsResult, format: Format): Head {
  const { before, after } = compared;
  return {
    title: `${fileName(before.path)} → ${fileName(after.path)}`,
    tooltip: `${before.path} → ${after.path}`,
    facts: comparisonFacts(compared, format),
    actions: [
      {
        label: 'Swap',
        icon: 'acb',
        primary: false,
        reason: undefined,
        run: () => {
          send({ type: 'compareSwap' });
        },
      },
    ],
  };
}
