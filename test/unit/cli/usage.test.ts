import { describe, expect, it } from 'vitest';
import { version } from '../../../package.json';
import { FORMATS } from '../../../src/core/formats/registry';
import { acnet } from './run';

const COMMANDS = [
  'inspect',
  'kernels',
  'compare',
  'convert',
  'train',
  'fuse',
  'verify',
  'evaluate',
  'prune',
  'robustness',
  'backend',
];

describe('help', () => {
  it('of the program names every command, the usual way through them and the exit codes', async () => {
    const { code, out, err } = await acnet('--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(out).toContain('acnet convert model.keras -o model.acnet.keras');
    expect(out).toContain('0 done, 1 failed, 2 bad usage');
  });

  it('of commands that read any checkpoint names every extension', async () => {
    const extensions = FORMATS.flatMap((format) => format.extensions).map((each) => each.split('.').at(-1));
    for (const command of ['inspect', 'kernels', 'compare', 'convert', 'fuse', 'evaluate', 'export']) {
      const { out } = await acnet(command, '--help');
      const [, words] = /Arguments:([^]*?)Options:/.exec(out) ?? [];
      for (const extension of extensions) expect(words).toContain(`.${extension}`);
    }
  });

  it.each(['--version', '-V'])('%s is that of the package', async (flag) => {
    expect(await acnet(flag)).toMatchObject({ code: 0, out: `${version}\n`, err: '' });
  });

  it('has no empty line among the examples', async () => {
    const { out } = await acnet('train', '--help');
    expect(out).toMatch(/\nExamples:\n {2}acnet train job\.acnet\.json\n/);
  });

  it.each(COMMANDS)('of %s has its options and an example', async (command) => {
    const { code, out, err } = await acnet(command, '--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`Usage: acnet ${command}`);
    expect(out).toContain('--json');
    expect(out).toMatch(new RegExp(`Examples?:\\n\\s*acnet ${command}`));
  });

  it.each([
    [
      'convert',
      [
        '--output',
        '--overwrite',
        '--variant',
        '--start',
        '--branches',
        '--init',
        '--layers',
        '--data',
        '--seed',
        '--gamma',
        '--input-size',
      ],
    ],
    ['fuse', ['--output', '--overwrite', '--fold', '--input-size']],
    ['verify', ['--samples', '--data', '--tolerance']],
    ['evaluate', ['--data', '--size', '--resize', '--scale', '--mean', '--std', '--limit']],
    ['prune', ['--data', '--resize', '--groups', '--ratios', '--seeds', '--limit']],
    [
      'robustness',
      ['--data', '--against', '--limit', '--size', '--resize', '--scale', '--mean', '--std', '--backend'],
    ],
  ])('of %s lists each flag', async (command, flags) => {
    const { out } = await acnet(command, '--help');
    for (const flag of flags) expect(out).toContain(flag);
  });

  it('fits a terminal of 80 columns', async () => {
    for (const argv of [['--help'], ...COMMANDS.map((command) => [command, '--help'])]) {
      const { out } = await acnet(...argv);
      expect(out.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
    }
  });
});

describe('bad usage', () => {
  it.each([
    ['an unknown command', ['transmogrify'], 'transmogrify'],
    ['an unknown option', ['inspect', 'a.keras', '--colour'], '--colour'],
    ['a missing file', ['inspect'], 'file'],
    ['too many files', ['inspect', 'a.keras', 'b.keras'], 'argument'],
    ['a missing output', ['convert', 'a.keras'], '--output'],
    ['a wrong variant', ['convert', 'a.keras', '-o', 'b.keras', '--variant', 'diagonal'], 'skeleton, border'],
    ['a wrong start', ['convert', 'a.keras', '-o', 'b.keras', '--init', 'zero'], 'preserve, random'],
    ['a γ of 0', ['convert', 'a.keras', '-o', 'b.keras', '--gamma', '0/3'], '--gamma'],
    [
      'no number of seeds',
      ['prune', 'a.keras', '--data', 'images', '--seeds', 'many'],
      "'many' is invalid. Expected a whole number of at least 1 (",
    ],
    [
      'a ratio above 1',
      ['prune', 'a.keras', '--data', 'images', '--ratios', '0,2'],
      "'0,2' is invalid. Expected ratios from 0 to 1, as in 0,0.05,0.1 (",
    ],
    ['one number as a size', ['convert', 'a.keras', '-o', 'b.keras', '--input-size', '32'], '--input-size'],
    ['no number of samples', ['verify', 'a.keras', 'b.keras', '--samples', 'many'], '--samples'],
    ['a negative count', ['evaluate', 'a.keras', '--data', 'd', '--limit', '-3'], '--limit'],
    ['a tolerance of 0', ['verify', 'a.keras', 'b.keras', '--tolerance', '0'], '--tolerance'],
    ['a list with a hole', ['evaluate', 'a.keras', '--data', 'd', '--mean', '0.5,,0.5'], '--mean'],
    ['an infinite scale', ['evaluate', 'a.keras', '--data', 'd', '--scale', 'Infinity'], '--scale'],
    ['a ratio above 1', ['prune', 'a.keras', '--data', 'd', '--ratios', '0,1.5'], '--ratios'],
    ['an unknown group', ['prune', 'a.keras', '--data', 'd', '--groups', 'corner,edge'], 'skeleton'],
    ['no images at all', ['robustness', 'a.keras', '--data', 'd', '--limit', '0'], '--limit'],
    ['a check without data', ['robustness', 'a.keras', '--against', 'b.keras'], '--data'],
    ['no data', ['evaluate', 'a.keras'], '--data'],
    ['an unknown way to resize', ['evaluate', 'a.keras', '--data', 'd', '--resize', 'fit'], '--resize'],
    ['a resize without images', ['verify', 'a.keras', 'b.keras', '--resize', 'crop'], '--resize'],
    ['pixels without images', ['verify', 'a.keras', 'b.keras', '--scale', '1'], '--scale'],
    ['a mean without images', ['convert', 'a.keras', '-o', 'b.keras', '--mean', '0.5'], '--mean'],
    ['a size without images', ['convert', 'a.keras', '-o', 'b.keras', '--size', '32'], '--size'],
  ])('%s: exit code 2, one line that names it, nothing on standard output', async (_, argv, named) => {
    const { code, out, errors } = await acnet(...argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(named);
  });

  it('no command at all shows the help and is bad usage', async () => {
    const { code, err } = await acnet();
    expect(code).toBe(2);
    expect(err).toContain('Usage: acnet');
  });

  it('suggests the command that was meant', async () => {
    const { errors } = await acnet('inspcet', 'a.keras');
    expect(errors[0]).toContain('inspect');
  });
});
