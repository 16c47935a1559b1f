import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { nodeBundle } from '../../../scripts/bundle.mjs';
import { readSmallFile, readSmallText, writeSmallText } from '../../../src/files/text';
import { temporaryFolder } from '../../support/folders';
import { SMALL, smallFolder } from '../../support/jobs';
import { LIMIT } from '../../support/limit';

const FILES = ['job.json', 'log.jsonl', 'run.lock', 'acnet.state', 'result.json', 'small.acnet.keras'];

describe('a named pipe that nobody writes into', () => {
  it('ends a command in a sentence, in the place of each file that a job has', async () => {
    const cli = path.join(temporaryFolder(), 'cli.cjs');
    await build(nodeBundle('src/cli/index.ts', cli));
    const folder = await smallFolder();
    const pipe = (name: string): string => {
      const at = path.join(folder, name);
      execFileSync('mkfifo', [at]);
      return at;
    };
    const job = (name: string, fields: object = {}): string => {
      const at = path.join(folder, `${name}.acnet.json`);
      writeFileSync(at, JSON.stringify({ ...SMALL, ...fields }));
      return at;
    };
    /** What hangs is ended after a minute, and has no exit status. */
    const refused = (about: string, ...args: string[]): void => {
      const ended = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', timeout: LIMIT });
      expect(ended.stderr, args.join(' ')).toContain(about);
      expect(ended.stderr.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
      expect(ended.status, args.join(' ')).toBe(1);
    };
    const file = pipe('pipe.acnet.json');
    refused(
      `${file}: the job file cannot be read (expected a regular file; found a named pipe)`,
      'train',
      file,
    );
    refused('pipe.csv', 'train', job('listed', { data: { folder: path.basename(pipe('pipe.csv')) } }));
    refused('pipe.keras', 'train', job('model', { checkpoint: path.basename(pipe('pipe.keras')) }));
    for (const [i, name] of FILES.entries()) {
      const at = job(`in${i}`);
      mkdirSync(path.join(folder, `in${i}.acnet`));
      pipe(path.join(`in${i}.acnet`, name));
      refused(path.join(`in${i}.acnet`, name), 'train', at);
      expect(readdirSync(path.join(folder, `in${i}.acnet`))).toEqual([name]);
    }
  });
});

describe('a small file', () => {
  const options = { what: 'the list', limit: 10 };

  it('is read up to its limit, and no further', () => {
    const file = path.join(temporaryFolder(), 'a.txt');
    writeFileSync(file, '0123456789');
    expect(readSmallText(file, options)).toBe('0123456789');
    writeFileSync(file, '0123456789a');
    expect(() => readSmallFile(file, options)).toThrow(
      `${file}: the list cannot be read (expected at most 10 bytes; found 11 bytes)`,
    );
  });

  it('of no end, as the system makes them, is no regular file, or ends at the limit', () => {
    expect(() => readSmallFile('/dev/zero', options)).toThrow(/expected a regular file; found a device/);
    expect(() => readSmallFile('/proc/cpuinfo', options)).toThrow(/found more than 10 bytes/);
  });

  it('is written whole, over another one only when asked to, and through no link', () => {
    const folder = temporaryFolder();
    const [file, victim] = ['a.txt', 'victim'].map((name) => path.join(folder, name));
    writeFileSync(victim, 'of somebody');
    execFileSync('ln', ['-s', 'victim', file]);
    expect(() => writeSmallText(file, 'new', { overwrite: false })).toThrow(/EEXIST/);
    writeSmallText(file, 'new', { overwrite: true });
    expect(readSmallText(file, { ...options, links: 'refused' })).toBe('new');
    expect(readSmallText(victim, { what: 'it', limit: 100 })).toBe('of somebody');
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'victim']);
  });
});
