import { describe, expect, it } from 'vitest';
import type { InspectResult } from '../../../src/contract/results';
import { cannotCheck, cannotTrain } from '../../../webview/ui/reasons';
import { deepNet } from '../../support/deep-net';

const network = (change: Partial<InspectResult> = {}): InspectResult => ({
  ...deepNet(8).inspect,
  ...change,
});
describe('an action that would only end in an error is off, and says why', () => {
  it('fine-tunes networks of one input and one output with a block in them or to come', () => {
    expect(cannotTrain(network())).toBeUndefined();
    const sites = network().sites.map((site) => ({ ...site, kind: 'acb' as const, eligible: false }));
    expect(cannotTrain(network({ sites }))).toBeUndefined();
  });

  it('fine-tunes nothing without a convolution that can become a block', () => {
    const sites = network().sites.map((site) => ({ ...site, eligible: false }));
    for (const inspected of [network({ sites }), network({ sites: [] })])
      expect(cannotTrain(inspected)).toMatch(/no convolution of this checkpoint can become one$/);
  });

  it('neither trains nor prunes a network of several inputs or outputs', () => {
    const two = network({ inputs: ['N × 8 × 8 × 3', 'N × 8 × 8 × 1'] });
    expect(cannotTrain(two)).toBe(
      'Only a network of one input and one output can be trained; this one has 2 and 1',
    );
    expect(cannotCheck(two, 'pruned', 'checked by pruning')).toMatch(
      /can be checked by pruning; this one has 2 and 1$/,
    );
    expect(cannotCheck(network(), 'pruned', 'checked by pruning')).toBeUndefined();
    expect(cannotCheck(network({ outputs: ['N × 2', 'N × 3'] }), 'pruned', 'checked by pruning')).toMatch(
      /has 1 and 2$/,
    );
  });

  it('says first that the network cannot be run', () => {
    const opaque = network({ unsupported: ['Lambda'], inputs: [], outputs: [] });
    expect(cannotTrain(opaque)).toMatch(/Lambda cannot be trained here/);
    expect(cannotCheck(opaque, 'pruned', 'checked by pruning')).toMatch(/Lambda cannot be pruned here/);
  });
});
