import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge, readAllowed } from '../../scripts/audit.mjs';

const advisory = {
  ...{ source: 1, name: 'tar', severity: 'high', title: 'Writes outside of its folder', range: '<7.5.3' },
  url: 'https://example.org/advisories/GHSA-aaaa-bbbb-cccc',
};
const report = JSON.stringify({
  vulnerabilities: {
    tar: { name: 'tar', via: [advisory] },
    '@mapbox/node-pre-gyp': { name: '@mapbox/node-pre-gyp', via: ['tar'] },
  },
});
const allowed = { id: 'GHSA-aaaa-bbbb-cccc', package: 'tar', reason: 'unpacks nothing here' };

describe('an audit', () => {
  it('is good where nothing is found', () => {
    expect(judge('{"vulnerabilities":{}}', []).code).toBe(0);
  });

  it('tells of each weakness once, and with its package', () => {
    const { code, lines } = judge(report, []);
    expect(code).toBe(1);
    expect(lines).toEqual(['tar: high: Writes outside of its folder (GHSA-aaaa-bbbb-cccc, <7.5.3)']);
  });

  it('lets be what is allowed for that package, and that alone', () => {
    expect(judge(report, [allowed]).code).toBe(0);
    expect(judge(report, [{ ...allowed, package: 'zod' }]).code).toBe(1);
    expect(judge(report, [{ ...allowed, id: 'GHSA-x' }]).code).toBe(1);
  });

  it('says which permission is needed no longer', () => {
    const { code, lines } = judge('{"vulnerabilities":{}}', [allowed]);
    expect(code).toBe(1);
    expect(lines.join()).toMatch(/tar: GHSA-aaaa-bbbb-cccc .* take it off the list/);
  });

  it.each([
    ['a refusal', '{"message":"405 Method Not Allowed - POST","statusCode":405}', /405/],
    ['an error of npm’s', '{"error":{"code":"ENOTFOUND","summary":"request failed"}}', /ENOTFOUND/],
    ['no words', '', /no answer/],
    ['null', 'null', /does not answer/],
  ])('takes %s for no answer, not for a good one', (_what, text, words) => {
    const { code, lines } = judge(text, []);
    expect(code).toBe(2);
    expect(lines.join()).toMatch(words);
  });
});

it('what is allowed is in the lock file, with a reason', () => {
  const lock = readFileSync(path.join(import.meta.dirname, '../../package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock) as { packages: Record<string, object> };
  for (const { id, package: name, reason } of readAllowed()) {
    expect(id).toMatch(/^GHSA(-[a-z0-9]{4}){3}$/);
    expect(
      Object.keys(packages).some((place) => place.endsWith(`node_modules/${name}`)),
      name,
    ).toBe(true);
    expect(reason.length).toBeGreaterThan(20);
  }
});
