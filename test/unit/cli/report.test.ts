import { describe, expect, it } from 'vitest';
import type { PruningPoint } from '../../../src/contract/results';
import { renderReport } from '../../../src/operations/report/report';
import { reportData } from '../../support/report-data';

const page = renderReport(reportData);

describe('report', () => {
  it('needs nothing outside itself and runs nothing', () => {
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i);
    expect(page).toContain('default-src &#39;none&#39;');
  });

  it('escapes names that come from files', () => {
    expect(page).toContain('conv&lt;2&gt;');
    expect(page).not.toContain('conv<2>');
  });

  it('shows each matrix with its numbers beside null model and signed difference', () => {
    expect(page).toContain('>0.955<');
    expect(page).toContain('null model');
    expect(page).toContain('>−0.099<');
  });

  it('draws grey what is no more than chance gives, and counts the rest', () => {
    expect(page).toMatch(/aria-label="Difference: top left −0\.099, .* middle centre −0\.006 \(chance\)/);
    expect(page).toMatch(/style="--l:#5f5f5f;--d:#a8a8a8">−0\.006</);
    expect(page).not.toMatch(/style="--l:#5f5f5f;--d:#a8a8a8">−0\.099</);
    expect(page).toContain('Own weights permuted');
    expect(page.replace(/\s+/g, ' ')).toContain(
      '5 of 9 positions differ between the network as given and its own weights permuted',
    );
  });

  it('compares a network with itself before its training, where the run kept that', () => {
    const { kernels } = reportData;
    if (!kernels) throw new Error('the data of the report hold no kernels');
    const cross = kernels.acnet.sizes['3x3'].nullModel.skeleton;
    const began = { sizes: { '3x3': cross }, layers: [{ name: 'conv1', fused: cross }] };
    const other = renderReport({ ...reportData, kernels: { ...kernels, starts: { acnet: began } } });
    expect(page).not.toContain('the same network, fused');
    expect(other.match(/the same network, fused</g)).toHaveLength(1);
    // 0.811 − 0.378, in place of 0.811 − 0.861.
    expect(other).toContain('>+0.433<');
    expect(page).not.toContain('>+0.433<');
    // (4 · 0.756 + 1) / 5 ÷ 0.378
    expect(other).toContain('and 2.13× in ACNet before its training');
  });

  it('says that the networks started from one that was no better than its most frequent class', () => {
    const causes = [{ cause: 'classOrder', found: '0 "<a>"' } as const];
    const doubt = { top1: 20, low: 11.24, high: 33.04, images: 50, share: 20, class: '"<a>"', causes };
    const { train } = reportData;
    const other = renderReport({ ...reportData, train: { ...train, result: { ...train.result, doubt } } });
    expect(other).toMatch(
      /Before training, the network is no better .* of the images are &quot;&lt;a&gt;&quot;/,
    );
    expect(other).toContain('<li>class order: the outputs of the network must mean 0 &quot;&lt;a&gt;&quot;');
    expect(page).not.toContain('Before training, the network');
  });

  it('has every pruning number in a table, and the thresholds read off them', () => {
    for (const { mean } of reportData.pruning[0].result.curves.skeleton ?? []) {
      expect(page).toContain(mean.toFixed(2));
    }
    expect(page).toMatch(/leans on its skeleton/);
  });

  it('makes no claim on the skeleton that most of the shares do not carry', () => {
    const [part] = reportData.pruning;
    const { skeleton = [], ...curves } = part.result.curves;
    // Only the last share differs clearly, in favour of the corners' loss being harmless.
    const corner = skeleton.map((point, i) =>
      i < skeleton.length - 1 ? point : { ...point, mean: 99, std: 0 },
    );
    const result = { ...part.result, curves: { ...curves, skeleton, corner } };
    const other = renderReport({ ...reportData, pruning: [{ ...part, result }] });
    expect(other).not.toContain('leans on its skeleton');
    expect(other).toContain('does not show whether skeleton or corners matter more');
    expect(other).toContain('at 44 % (1 of 6 measured shares)');
  });

  it('claims no difference of one seed, of which nothing is known of how far seeds scatter', () => {
    const [part] = reportData.pruning;
    const still = (points: readonly PruningPoint[] = []) => points.map((point) => ({ ...point, std: 0 }));
    const { corner, skeleton, global } = part.result.curves;
    const curves = { corner: still(corner), skeleton: still(skeleton), global: still(global) };
    const result = { ...part.result, seeds: 1, curves };
    const other = renderReport({ ...reportData, pruning: [{ ...part, result }] });
    const section = /<section aria-label="Pruning check[^]*?<\/section>/.exec(other)?.[0] ?? '';
    expect(section).toContain('no difference is claimed');
    expect(section).not.toMatch(/leans on|twice their joint std|>yes</);
  });

  it('never calls agreement accuracy, and holds it against no curve of the paper', () => {
    const [part] = reportData.pruning;
    const result = { ...part.result, unpruned: 100, measure: 'agreement' as const };
    const other = renderReport({ ...reportData, pruning: [{ ...part, result }] });
    const section = /<section aria-label="Pruning check[^]*?<\/section>/.exec(other)?.[0] ?? '';
    expect(section).toContain('agreement with the unpruned network (no labels)');
    expect(section).not.toMatch(/top-1|accuracy|class="line \w+ faint/);
    expect(page).toMatch(/class="line \w+ faint/);
  });

  it('shows the groups of the border variant, and where the corners of its kernels end', () => {
    const [part] = reportData.pruning;
    const { corner = [], ...curves } = part.result.curves;
    const shares = { corner: 16 / 25, skeleton: 9 / 25 };
    const sizes = [{ kernel: [5, 5] as const, layers: 3, shares }];
    const far = { ratio: 0.64, mean: 12, std: 0 };
    const result = { ...part.result, sizes, curves: { ...curves, corner: [...corner, far], square: corner } };
    const other = renderReport({ ...reportData, pruning: [{ ...part, result }] });
    expect(other).toContain('top-left square');
    expect(other).not.toContain('bottom-right border');
    expect(other).toContain('all corners gone at 64.0 %');
    expect(other).not.toContain('44.4 %');
    const mixed = { ...result, sizes: [...sizes, ...sizes] };
    expect(renderReport({ ...reportData, pruning: [{ ...part, result: mixed }] })).not.toContain(
      'all corners gone',
    );
  });

  it('says which bar was not met', () => {
    expect(page).toMatch(/3 images[\s\S]{0,200}NOT met/);
  });

  it('says what the two networks differ by, with its paired interval, and nothing of the blocks', () => {
    expect(page).toContain(
      'On 10,000 images these two networks differ by +0.06 points (paired 95 % interval over the images −0.08 to +0.20): only ACNet is right on 28, only the baseline on 22.',
    );
    expect(page).toContain('a verdict on the blocks needs at least three seeds');
    const { difference: _, ...result } = reportData.train.result;
    const earlier = renderReport({ ...reportData, train: { ...reportData.train, result } });
    expect(earlier).not.toContain('these two networks differ');
    expect(earlier).toContain('needs at least three seeds');
  });

  it('names the images that the job left out, the first ones where they are many', () => {
    const { result } = reportData.train;
    const leftOut = Array.from({ length: 7 }, (_, i) => ({ image: `dark/<${i}>.png`, reason: 'cut' }));
    const other = renderReport({
      ...reportData,
      train: { ...reportData.train, result: { ...result, leftOut } },
    });
    expect(other).toContain('7 images that cannot be decoded are left out: dark/&lt;0&gt;.png: cut, ');
    expect(other).toContain('dark/&lt;4&gt;.png: cut and 2 more<');
    expect(page).not.toContain('cannot be decoded');
  });

  it('leaves out what a run did not do', () => {
    const small = renderReport({ ...reportData, kernels: undefined, pruning: [], verify: undefined });
    expect(small).not.toContain('Pruning check');
    expect(small).not.toContain('null model');
    expect(small).toContain('Fine-tuning');
  });

  it('has no broken number', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('has a dash for the ratio of a kernel without corners', () => {
    const raw = [[1, 1, 1]];
    const nullModel = { plain: raw, skeleton: raw, border: raw };
    const none = { permuted: raw, reach: [[0, 0, 0]], variation: 0 };
    const chance = { raw: none, fused: none };
    const layer = { name: 'row', kernel: [1, 3] as const, raw, fused: raw, nullModel, chance };
    const { kernels } = reportData;
    if (!kernels) throw new Error('the data of the report hold no kernels');
    const acnet = { ...kernels.acnet, layers: [layer] };
    const drawn = renderReport({
      ...reportData,
      kernels: { ...kernels, acnet, baseline: acnet, before: acnet },
    });
    expect(drawn).toContain('1×3');
    expect(drawn).not.toMatch(/NaN|undefined|Infinity/);
  });
});
