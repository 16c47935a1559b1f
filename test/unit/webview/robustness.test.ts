import { describe, expect, it } from 'vitest';
import { DISTORTIONS } from '../../../src/shared/distortions';
import type { RobustnessResult, RobustnessRow } from '../../../src/contract/results';
import type { RobustnessState } from '../../../src/contract/operations/robustness';
import { createFormat } from '../../../src/shared/format';
import { robustnessCsv } from '../../../webview/tabs/robustness/csv';
import { intervalLayout, PERCENTS, POINTS } from '../../../webview/tabs/robustness/layout';
import { robustnessView } from '../../../webview/tabs/robustness/model';
import { robustnessReading } from '../../../webview/tabs/robustness/reading';
import { oneNetwork, robustnessDone, robustnessResult, robustnessRun } from '../../support/robustness-states';

const format = createFormat('en');
const inspected = { outputShapes: [[null, 10]] };
const view = (state: RobustnessState, name = 'acnet.keras') => robustnessView(inspected, state, name);
const read = (state: RobustnessState) => {
  const { verdict, sentences } = robustnessReading(view(state), format);
  return [verdict, ...sentences].join(' ');
};
/** The result with some fields of each difference, or of each share, replaced. */
const changed = (
  result: RobustnessResult,
  change: (row: RobustnessRow) => Partial<RobustnessRow>,
): RobustnessResult => ({ ...result, rows: result.rows.map((row) => ({ ...row, ...change(row) })) });

describe('the rows of the page', () => {
  it('are the distortions of the check, in its order', () => {
    const { rows } = view({ ...robustnessRun(), rows: [] });
    expect(rows.map(({ distortion }) => distortion)).toEqual(DISTORTIONS);
  });
});

describe('the view of a robustness check', () => {
  it('has every row from the start, and knows what is to come', () => {
    const begun = view({ ...robustnessRun(), rows: [] });
    expect(begun).toMatchObject({ measure: 'unknown', live: true, measured: 0, planned: 5, judged: false });
    expect(begun.rows).toHaveLength(5);
    const running = view(robustnessRun());
    expect(running).toMatchObject({
      measure: 'accuracy',
      measured: 2,
      planned: 5,
      judged: false,
      chance: 10,
    });
    const done = view(robustnessDone());
    expect(done).toMatchObject({
      live: false,
      measured: 5,
      judged: true,
      images: 10_000,
      other: 'plain.keras',
    });
  });

  it('calls agreement by its name as soon as a row tells, and has no chance level for it', () => {
    const agreement = robustnessRun(robustnessResult('agreement'));
    expect(view(agreement)).toMatchObject({ measure: 'agreement', chance: undefined });
  });

  it('leaves out what was passed by, with the reason when the result gives one', () => {
    const rows = robustnessResult().rows.filter(({ distortion }) => distortion !== 'rotate90');
    const at = (state: RobustnessState) => view(state).rows[1].leftOut;
    expect(at({ ...robustnessRun(), rows: rows.slice(0, 1) })).toBeUndefined();
    const later = { ...robustnessRun(), rows: rows.slice(0, 2) };
    expect(at(later)).toMatch(/change the size/);
    expect(view(later).planned).toBe(4);
    const leftOut = [{ distortion: 'rotate90' as const, reason: 'the input is not square: 3 × 4' }];
    expect(at(robustnessDone({ ...robustnessResult(), rows, leftOut }))).toBe(
      'the input is not square: 3 × 4',
    );
  });

  it('tells a second file of the same name by its folder', () => {
    expect(view(robustnessDone(), 'plain.keras').other).toBe('models/plain.keras');
  });
});

describe('the reading of a robustness check', () => {
  it('claims what the test carries, says by which rule, and whether it is more than accuracy on any image', () => {
    expect(read(robustnessDone())).toBe(
      'This network is right more often than plain.keras on images rotated by 90°, rotated by 180°, flipped up–down and flipped left–right. ' +
        'The largest difference is +1.2 points (95 % interval +0.6 to +1.9), on images flipped up–down; on untouched images it is +0.8. ' +
        'Nowhere does it differ from that on untouched images (p ≥ 0.05, corrected for the rows): that this is robustness, and not accuracy on any image, is not shown. ' +
        'A difference counts where McNemar’s exact test on the images that only one of the two has right gives p < 0.05, corrected for the rows (Holm).',
    );
    const excess = { points: 2.1, low: 1, high: 3.2, p: 0.0002, adjusted: 0.0008 };
    const more = changed(robustnessResult(), ({ difference, distortion }) => ({
      ...(difference && distortion === 'rotate90' && { difference: { ...difference, excess } }),
    }));
    expect(read(robustnessDone(more))).toContain(
      'Measured from the difference on untouched images it is +2.1 points on images rotated by 90° (+1.0 to +3.2).',
    );
    // One interval of four that leaves out zero is what chance brings: p = 0.04 is 0.16 for four rows.
    const chance = { points: 1, low: 0.05, high: 1.95, p: 0.04, adjusted: 0.16 };
    const once = changed(robustnessResult(), ({ difference, distortion }) => ({
      ...(difference && distortion === 'rotate90' && { difference: { ...difference, excess: chance } }),
    }));
    expect(read(robustnessDone(once))).toContain('Nowhere does it differ from that on untouched images');
  });

  it('claims nothing where the test does not, and names both sides where they differ', () => {
    const p = (adjusted: number) =>
      changed(robustnessResult(), ({ difference }) => ({
        ...(difference && { difference: { ...difference, adjusted } }),
      }));
    expect(read(robustnessDone(p(0.05)))).toMatch(
      /^This network and plain\.keras cannot be told apart on distorted/,
    );
    const worse = changed(robustnessResult(), ({ difference, distortion }) => ({
      ...(difference &&
        distortion === 'rotate90' && { difference: { ...difference, points: -3, low: -4, high: -2 } }),
    }));
    expect(read(robustnessDone(worse))).toMatch(
      /^This network is right more often than plain\.keras on images rotated by 180°, .*, less often on images rotated by 90°\./,
    );
  });

  it('judges nothing before all rows are there', () => {
    expect(read(robustnessRun())).toMatch(
      /^Differences are judged when all rows are there\. The largest difference/,
    );
    expect(read({ ...robustnessRun(), phase: 'stopped' })).toMatch(
      /^Not all rows were measured, so no difference/,
    );
    expect(read({ ...robustnessRun(), rows: [] })).toBe('Distorted images are still to come.');
    expect(read({ ...robustnessRun(), rows: [], phase: 'failed' })).toBe(
      'No distorted images were measured.',
    );
  });

  it('of one network says what it loses, what the control does, and what is no better than a guess', () => {
    expect(read(robustnessDone(oneNetwork()))).toBe(
      'It loses accuracy on 3 of 4 kinds of distorted images. ' +
        'Accuracy is lowest on images rotated by 90°: −28.9 points against untouched images (95 % interval −29.8 to −28.0). ' +
        'On images flipped left–right, the control, the change is 0.0 points (−0.5 to +0.5), which cannot be told from none.',
    );
    const low = changed(oneNetwork(), ({ share, distortion }) => ({
      share: distortion === 'rotate180' ? { ...share, percent: 9.9, low: 9.3, high: 10.5 } : share,
    }));
    expect(read(robustnessDone(low))).toContain(
      'On images rotated by 180° it is no better than a guess (10 %) by its interval.',
    );
    const none = changed(oneNetwork(), ({ share }) => ({
      share: { ...share, change: { points: 0, low: -1, high: 1, won: 0, lost: 0 } },
    }));
    expect(read(robustnessDone(none))).toBe(
      'It shows no loss on distorted images that can be told from none. ' +
        'On images flipped left–right, the control, the change is 0.0 points (−1.0 to +1.0), which cannot be told from none.',
    );
  });

  it('of agreement says that it is no accuracy', () => {
    expect(read(robustnessDone(oneNetwork(robustnessResult('agreement'))))).toBe(
      'It keeps 42.2 to 71.2 % of its answers on distorted images. Least are kept on images rotated by 90° (95 % interval 41.2 to 43.2 %). ' +
        'Without labels this shows how far the network keeps its answers, not how many of them are right.',
    );
    const two = read(robustnessDone(robustnessResult('agreement')));
    expect(two).toMatch(/^This network keeps more answers than plain\.keras on/);
    expect(two).not.toMatch(/right more|untouched/);
  });
});

describe('the numbers of a robustness check as CSV', () => {
  it('hold both networks, the test and the excess', () => {
    const [head, none, quarter] = robustnessCsv(view(robustnessDone())).split('\r\n');
    expect(head).toMatch(
      /^images,this top-1 %,this low %,this high %,plain\.keras top-1 %,.*,only this,only other,McNemar p,Holm p,/,
    );
    expect(none).toMatch(/^Untouched,71\.14,.*,,,$/);
    expect(quarter).toMatch(/^Rotated 90° left,42\.2,41\.\d+,43\.\d+,41,/);
    expect(quarter.split(',')).toHaveLength(head.split(',').length);
    const alone = robustnessCsv(view({ ...robustnessDone(oneNetwork()), phase: 'done' })).split('\r\n');
    expect(alone[0]).toMatch(/,change points,change low,change high$/);
    expect(alone[1].split(',')).toHaveLength(alone[0].split(',').length);
  });

  it('have empty cells for what is to come', () => {
    const lines = robustnessCsv(view(robustnessRun())).trimEnd().split('\r\n');
    expect(lines).toHaveLength(6);
    expect(lines[5]).toMatch(/^Flipped left–right,+$/);
  });
});

describe('the layout of the intervals', () => {
  it.each([280, 564, 812, 1352])('keeps rows, names and numbers apart at %i px', (width) => {
    const layout = intervalLayout(PERCENTS, 5, 2, width);
    expect(layout.x(0)).toBe(layout.left);
    expect(layout.x(100)).toBe(layout.right);
    expect(layout.right).toBeLessThan(width - 40);
    // Two marks 8 px above and below the middle, 7 px high; a name above where there is no room beside.
    const step = layout.y(1) - layout.y(0);
    expect(step).toBeGreaterThanOrEqual(layout.stacked ? 16 + 16 + 15 : 16 + 15);
    expect(layout.y(0) - layout.nameY(0)).toBe(layout.stacked ? 24 : 0);
    expect(layout.y(4)).toBeLessThan(layout.bottom - 8);
    expect(layout.bottom).toBeLessThan(layout.height - 16);
  });

  it('puts what is off the scale on its edge', () => {
    const layout = intervalLayout(POINTS, 5, 1, 812);
    expect(layout.x(-35)).toBe(layout.left);
    expect(layout.x(20)).toBe(layout.x(90));
    expect(layout.x(0)).toBe((layout.left + layout.right) / 2);
  });
});
