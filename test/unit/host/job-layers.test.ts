import { describe, expect, it } from 'vitest';
import { jobText } from '../../../src/host/training/job-file';
import { layersToTrain } from '../../../src/host/training/layers';
import { readJob } from '../../../src/operations/job/job';

const site = (name: string, change: object = {}) => ({
  ...{ name, kind: 'plain' as const, eligible: true, selected: true },
  ...change,
});
const FIVE = ['a', 'b', 'c', 'd', 'e'].map((name) => site(name));

describe('the convolutions of a new job', () => {
  it('are those ticked in the table, whatever an earlier job says', () => {
    const chosen = { layers: ['c'], words: '1 of 5 convolutions becomes a block' };
    expect(layersToTrain(FIVE, ['c'], undefined)).toEqual(chosen);
    expect(layersToTrain(FIVE, ['c'], ['a', 'b'])).toEqual(chosen);
    expect(layersToTrain(FIVE, ['c'], 'a*')).toEqual(chosen);
  });

  it('are all that convert by default where no tick was changed', () => {
    const sites = [...FIVE, site('large', { selected: false }), site('1x1', { eligible: false })];
    const words = '5 of 6 convolutions become blocks';
    expect(layersToTrain(sites, 'default', ['a'])).toEqual({ words });
    expect(layersToTrain(sites, undefined, undefined)).toEqual({ words });
  });

  it('are those of the earlier job where no page shows the file', () => {
    expect(layersToTrain(FIVE, undefined, ['a', 'b']).layers).toEqual(['a', 'b']);
    expect(layersToTrain(FIVE, undefined, 'a*')).toEqual({
      layers: 'a*',
      words: 'Convolutions as in the earlier job: a*',
    });
    expect(layersToTrain(FIVE, undefined, ['gone']).layers).toBeUndefined();
  });

  it('are at least one, or the blocks that the file has', () => {
    expect(() => layersToTrain(FIVE, [], undefined)).toThrow(/no convolution is selected/);
    const converted = [site('a_acb', { kind: 'acb', eligible: false }), ...FIVE.slice(1)];
    expect(layersToTrain(converted, [], undefined)).toEqual({ words: '1 block of the file' });
    expect(layersToTrain(converted, 'default', undefined)).toEqual({ words: '1 block of the file' });
    expect(layersToTrain(converted, ['b', 'c'], undefined)).toEqual({
      layers: ['b', 'c'],
      words: '1 block of the file and 2 new blocks',
    });
  });

  it('go into the job file by their exact names', () => {
    const layers = ['conv*', 'a,b', 'c?'];
    const file = '/home/ada/a.acnet.json';
    const text = jobText(file, '/home/ada/a.keras', { data: '/home/ada/images', layers });
    expect(readJob(text, file).layers).toEqual(layers);
  });
});
