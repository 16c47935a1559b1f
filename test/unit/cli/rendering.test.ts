import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, ProgressLine, progressText } from '../../../src/cli/progress';
import { renderInspect } from '../../../src/cli/render/inspect';
import { renderKernels } from '../../../src/cli/render/kernels';
import { renderPrune, renderVerify } from '../../../src/cli/render/measures';
import { renderRobustness } from '../../../src/cli/render/robustness';
import { renderEvent, renderTrain } from '../../../src/cli/render/training';
import { table } from '../../../src/cli/render/table';
import { bytes, macs, signed } from '../../../src/shared/numbers';
import { inspectResult, kernelsResult, pruneResult, reportData } from '../../support/report-data';
import { robustnessResult } from '../../support/robustness-states';

describe('tables', () => {
  it('line names up on the left and numbers on the right', () => {
    const text = table(
      [{ head: 'name' }, { head: 'n', align: 'right' }],
      [
        ['a', '1'],
        ['long name', '1000'],
      ],
    );
    expect(text.split('\n')).toEqual([
      'name          n',
      '─────────  ────',
      'a             1',
      'long name  1000',
    ]);
  });

  it('show sites with their verdict and reason', () => {
    const text = renderInspect('model.keras', inspectResult);
    expect(text).toContain('61,546, 61,322 of them trainable');
    expect(text).toMatch(/conv1\s+3×3\s+1\s+16\s+1×1\s+113 k\s+absorbed\s+eligible$/m);
    expect(text).toContain('not eligible: 1×1 kernel');
    expect(text).toContain('warning: optimiser state is dropped');
  });

  it('name a format and what wrote it, once if they are one', () => {
    const of = (formatLabel: string, framework: string): string =>
      renderInspect('net', { ...inspectResult, formatLabel, framework });
    expect(of('Keras HDF5', 'Keras 2.0.5')).toMatch(/^format\s+Keras HDF5 \(Keras 2\.0\.5\)$/m);
    expect(of('PyTorch', 'PyTorch')).toMatch(/^format\s+PyTorch$/m);
  });

  it('say why a file of weights has no sites', () => {
    const text = renderInspect('w.h5', { ...inspectResult, hasGraph: false, sites: [] });
    expect(text).toContain('no weight of this file is recognised, by name and shape, as a kernel');
  });

  it('hold a magnitude matrix against its null model', () => {
    const text = renderKernels('model.keras', kernelsResult(), false);
    expect(text).toContain('3×3 kernels of 2 layers');
    expect(text).toContain('untrained (plain)');
    expect(text).toContain('−0.099');
    expect(text).not.toContain('conv1');
    // What chance gives is in parentheses.
    expect(text).toMatch(/0\.955 .*\(−0\.006\)/);
    expect(text).toMatch(/−0\.099 /);
    expect(text).toContain('permuted');
    expect(renderKernels('model.keras', kernelsResult(), true)).toContain('conv1');
  });

  it('call one image and one seed by their singular', () => {
    const text = renderPrune({ ...pruneResult, images: 1, seeds: 1, layers: 1 });
    expect(text).toContain('1 image, 1 seed (mean ± sample std), 1 layer;');
    const [line] = renderEvent({
      event: 'start',
      arm: 'acnet',
      epochs: 1,
      stepsPerEpoch: 20,
      backend: 'portable',
    });
    expect(line).toBe('acnet: 1 epoch of 20 steps on portable');
  });

  it('warn of a network that is no better than its most frequent class, with likely causes below', () => {
    const causes = [{ cause: 'scale', found: 'pixels 0–255' } as const, { cause: 'untrained' } as const];
    const doubt = { top1: 20, low: 11.24, high: 33.04, images: 50, share: 20, class: '"cat"', causes };
    const [line, ...below] = renderEvent({ event: 'doubt', arm: 'baseline', ...doubt });
    expect(line).toMatch(
      /^warning: Before training, .* on 50 evaluation images: top-1 20\.00 % \(95 % interval 11\.24 % to 33\.04 %\), and 20\.00 % .*"cat".* Likely causes:$/,
    );
    expect(below).toEqual([
      '  scale: the images are pixels 0–255; "scale", "mean" and "std" in "data" of the job change that',
      '  untrained: if the network, or its last layer, is new, this is expected',
    ]);
    const { result } = reportData.train;
    expect(renderTrain({ ...result, doubt })).toContain(`\n\n${line.replace(' Likely causes:', '')}\n\n`);
    expect(renderTrain(result)).not.toContain('warning');
  });

  it('have a dash where a group has no point', () => {
    const { curves } = pruneResult;
    const text = renderPrune({ ...pruneResult, curves: { ...curves, corner: curves.corner?.slice(0, 2) } });
    expect(text).toMatch(/44\.0 %\s+–\s/);
  });

  it('say where curves fall, in which kernels, and whether it is accuracy at all', () => {
    const thresholds = {
      corner: { below50: null, belowHalf: null },
      skeleton: { below50: 0.125, belowHalf: 0.15 },
    };
    const text = renderPrune({ ...pruneResult, thresholds });
    expect(text).toMatch(/^top-1 in percent, .*; unpruned /);
    expect(text).toMatch(/below 50 % +never +at 12\.5 %/);
    expect(text).toMatch(/below half of unpruned +never +at 15\.0 %/);
    expect(text).not.toContain('kernels:');
    const sizes = [3, 5].map((k) => ({ kernel: [k, k] as const, layers: k, shares: {} }));
    const other = renderPrune({ ...pruneResult, thresholds, sizes, measure: 'agreement' });
    expect(other).toMatch(/^agreement with the unpruned network \(no labels\) in percent, [^;]*$/m);
    expect(other).not.toMatch(/top-1|below half/);
    expect(other).toContain('kernels: 3 × 3 in 3, 5 × 5 in 5 layers');
  });

  it('claim a difference on distorted images by one rule, and say it', () => {
    const result = robustnessResult();
    const text = renderRobustness(result, 'nets/acnet.keras');
    expect(text).toMatch(/^top-1 in percent, 10,000 images, 95 % intervals\n/);
    expect(text).toMatch(/^images +acnet\.keras +plain\.keras +difference +p +beyond untouched$/m);
    expect(text).toMatch(
      /^rotated 90° left +42\.20 \[\S+ \S+\] +41\.00 .* \+1\.20 \[.*\] +< 0\.001 +\+0\.42 \[/m,
    );
    expect(text).toMatch(/^beyond chance \(p < 0\.05\): .*rotated 90° left \+1\.20.* points$/m);
    expect(text).toMatch(/^difference: acnet\.keras − plain\.keras$/m);
    expect(text).toContain("McNemar's exact test");
    expect(text).toMatch(
      /^nowhere more than on untouched images: every p, corrected for the rows \(Holm\), is 0\.05 or more$/m,
    );
    expect(text).toMatch(/AlexNet: untouched 55\.92 → 57\.44, rotated 90° left 28\.18 → 30\.49/);
    const none = result.rows.map((row) => ({
      ...row,
      difference: row.difference && { ...row.difference, adjusted: 0.05 },
    }));
    const unclear = renderRobustness({ ...result, rows: none.slice(0, 3) }, 'a');
    expect(unclear).toContain('no difference that chance would not make as well');
    const excess = { points: 2.1, low: 1, high: 3.2, p: 0.0002, adjusted: 0.0008 };
    const more = result.rows.map((row) => ({
      ...row,
      difference: row.difference && { ...row.difference, ...(row.distortion === 'rotate90' && { excess }) },
    }));
    expect(renderRobustness({ ...result, rows: more }, 'a')).toContain(
      'measured from the difference on untouched images (p < 0.05, corrected for the rows): rotated 90° left +2.10 points',
    );
    // Two files of one name are shown with their folders.
    expect(renderRobustness(result, 'nets/plain.keras')).toMatch(
      / nets\/plain\.keras +\/models\/plain\.keras /,
    );
  });

  it('of one network say what distortion costs, and what was left out', () => {
    const { against: _, ...result } = robustnessResult();
    const rows = result.rows
      .filter(({ distortion }) => distortion !== 'rotate90')
      .map(({ distortion, share }) => ({ distortion, share }));
    const leftOut = [{ distortion: 'rotate90' as const, reason: 'the input is not square: 3 × 4' }];
    const text = renderRobustness({ ...result, rows, leftOut }, 'a.keras');
    expect(text).toMatch(/^rotated 180° +42\.89 \[.*\] +−28\.25 \[−\d.*\]$/m);
    expect(text).toContain('rotated 90° left is left out: the input is not square: 3 × 4');
    expect(text).not.toContain('McNemar');
    const agreement = renderRobustness({ ...result, rows, measure: 'agreement' }, 'a.keras');
    expect(agreement).toMatch(/^agreement with the network's own answers \(no labels\) in percent/);
    expect(agreement).not.toMatch(/top-1|paper|change/);
  });

  it('say that networks differ, and why', () => {
    const verify = reportData.verify;
    if (!verify) throw new Error('the fixture has no verification');
    expect(renderVerify(verify)).toContain('same output on 256 inputs');
    const failed = { ...verify, passed: false, problem: 'the reference is zero everywhere' };
    expect(renderVerify(failed)).toContain('NOT the same output');
    expect(renderVerify(failed)).toContain('zero everywhere');
  });

  it('state ACNet minus baseline with its sign', () => {
    const text = renderTrain(reportData.train.result);
    expect(text).toContain('+0.06 points [−0.08, +0.20], paired 95 % interval over 10,000 images');
    expect(text).toMatch(/a verdict on the blocks needs at least three seeds\.$/);
    expect(text).not.toContain('left out');
    const leftOut = [{ image: 'dark/1.png', reason: 'it is cut' }];
    expect(renderTrain({ ...reportData.train.result, leftOut })).toContain(
      '\n1 image that cannot be decoded is left out: dark/1.png: it is cut\n',
    );
  });
});

describe('numbers', () => {
  it('are grouped, scaled and signed', () => {
    expect(macs(41_300_000)).toBe('41.3 M');
    expect(macs(null)).toBe('–');
    expect(bytes(3.3 * 1024 * 1024)).toBe('3.3 MiB');
    expect(signed(-0.0001, 3)).toBe('0.000');
    expect(signed(-0.25, 2)).toBe('−0.25');
  });

  it('of seconds are never more than the next unit', () => {
    expect(duration(59.6)).toBe('1 min 00 s');
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        expect(duration(seconds)).toMatch(/^(\d{1,2} s|\d{1,2} min [0-5]\d s|\d+ h [0-5]\d min)$/);
      }),
    );
  });
});

describe('progress', () => {
  const output = (isTerminal: boolean) => {
    const written: string[] = [];
    return { written, isTerminal, columns: 40, write: (text: string) => void written.push(text) };
  };

  it('is drawn over on a terminal, not wider than it, and wiped at the end', () => {
    const terminal = output(true);
    let time = 0;
    const line = new ProgressLine(terminal, () => (time += 1000));
    line.update({ phase: 'training', done: 1, total: 4, secondsLeft: 65 });
    line.clear();
    expect(terminal.written[0]).toMatch(/^\rtraining/);
    expect(terminal.written[0].length).toBeLessThanOrEqual(40);
    expect(terminal.written[1]).toMatch(/^\r +\r$/);
  });

  it('is silent where there is no terminal', () => {
    const pipe = output(false);
    const line = new ProgressLine(pipe);
    line.update({ phase: 'training', done: 1, total: 4 });
    line.clear();
    expect(pipe.written).toEqual([]);
  });

  it('names share, counts and time left', () => {
    const text = progressText({ phase: 'x', done: 1, total: 4, secondsLeft: 65 });
    expect(text).toContain('25 %  1/4  1 min 05 s left');
  });
});
