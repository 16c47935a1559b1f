import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobFolder, runIn } from '../../../src/operations/job/folder';
import { jobHistory } from '../../../src/operations/job/history';
import { temporaryFolder, writeFiles } from '../../support/folders';

describe('what a run left in its folder', () => {
  it('is its log without damaged lines, and its result', () => {
    const folder = temporaryFolder();
    const lines = ['{"event":"run"}', '{"event":"message","text":"a"}', '{"event":"ep'];
    writeFiles(folder, { 'log.jsonl': lines.join('\n'), 'job.json': '{}' });
    expect(jobHistory(folder)).toEqual({
      lines: [{ event: 'run' }, { event: 'message', text: 'a' }],
      result: undefined,
    });
    expect(runIn(folder)).toBe('unfinished');
    writeFiles(folder, { 'result.json': '{"seconds": 3}\n' });
    expect(jobHistory(folder).result).toEqual({ seconds: 3 });
    expect(runIn(folder)).toBe('finished');
  });

  it('is nothing where none was begun', () => {
    const folder = path.join(temporaryFolder(), 'none');
    expect(jobHistory(folder)).toEqual({ lines: [], result: undefined });
    expect(runIn(folder)).toBe('none');
  });

  it('is in a folder named after the job', () => {
    expect(jobFolder('/a/mnist.acnet.json')).toBe('/a/mnist.acnet');
    expect(jobFolder('/a/job')).toBe('/a/job.run');
  });
});
