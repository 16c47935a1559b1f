import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { watchStreams } from '../../../src/cli/streams';

function watched() {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let stops = 0;
  const isLost = watchStreams(out, err, () => (stops += 1));
  const fail = (stream: PassThrough, code: string): boolean =>
    stream.emit('error', Object.assign(new Error(`${code}: write`), { code }));
  return {
    out,
    err,
    fail,
    isLost,
    stops: () => stops,
    told: () => String((err.read() as Buffer | null) ?? ''),
  };
}

describe('standard output', () => {
  it('that nobody reads any more stops the work, and is no failure', () => {
    const { out, fail, isLost, stops, told } = watched();
    fail(out, 'EPIPE');
    expect([stops(), isLost(), told()]).toEqual([1, false, '']);
  });

  it('that cannot be written is told once, and is a failure', () => {
    const { out, fail, isLost, stops, told } = watched();
    fail(out, 'ENOSPC');
    fail(out, 'ENOSPC');
    expect([stops(), isLost()]).toEqual([2, true]);
    expect(told()).toBe('acnet: standard output cannot be written (found the disk is full)\n');
  });
});

it('standard error that cannot be written ends in no exception', () => {
  const { err, fail, isLost, stops } = watched();
  fail(err, 'EPIPE');
  expect([stops(), isLost()]).toEqual([1, false]);
});
