import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors';
import { readJob } from '../../../src/operations/job/job';
import { SMALL } from '../../support/jobs';

describe('the name of a job’s outputs', () => {
  const named = (name: string) => {
    const file = '/jobs/a.acnet.json';
    return readJob(JSON.stringify({ ...SMALL, output: { name } }), file).output.name;
  };

  it.each([
    ...['net\0.keras', 'a/b', 'a\\b', '../net', 'a\nb', 'a\u001bb', 'a\u0085b', 'a\u2028b', 'a\u202eb'],
    ...['con', 'NUL', 'Lpt1.old', 'aux.net', 'COM¹', 'n'.repeat(201), 'é'.repeat(101), ''],
  ])('%j is refused when the job is read', (name) => {
    expect(() => named(name)).toThrow(UserError);
    expect(() => named(name)).toThrow(/"output\.name" must be a .* \(found /);
  });

  it.each(['net', 'my net (2)', 'réseau', '模型', 'console', 'nul-1', 'lpt', 'n'.repeat(200), 'v1.2'])(
    '%j is taken',
    (name) => expect(named(name)).toBe(name),
  );

  it.each(['checkpoint', 'architecture'])('NUL is refused in the path of the %s too', (field) => {
    const job = { ...SMALL, [field]: 'a\0b' };
    expect(() => readJob(JSON.stringify(job), '/a.acnet.json')).toThrow(/must be a path without NUL/);
  });
});
