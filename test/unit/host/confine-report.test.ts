import { describe, expect, it } from 'vitest';
import { confinedReport, REPORT_POLICY } from '../../../src/host/report/confine';
import { renderReport } from '../../../src/operations/report/report';
import { hostileReport, refreshing } from '../../support/hostile-report';
import { reportData } from '../../support/report-data';

const elements = (html: string): string[] =>
  [...html.matchAll(/<([a-z][\w-]*)/gi)].map(([, name]) => name?.toLowerCase() ?? '');

describe('a report as it is shown', () => {
  it('begins with our policy, whatever the file’s own says', () => {
    for (const html of [renderReport(reportData), hostileReport('http://far'), '', '<p>']) {
      const shown = confinedReport(html);
      expect(shown.startsWith(`<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="`)).toBe(
        true,
      );
      expect(elements(shown).filter((name) => name === 'meta')).toHaveLength(1);
    }
    expect(REPORT_POLICY.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'none'", "form-action 'none'", "base-uri 'none'"]),
    );
    expect(REPORT_POLICY).not.toMatch(/https?:|\*|data:|'self'/);
  });

  it('keeps all of ours but what is said in its head', () => {
    const ours = renderReport(reportData);
    const shown = confinedReport(ours);
    const count = (html: string, name: string): number =>
      elements(html).filter((each) => each === name).length;
    for (const name of ['h1', 'h2', 'table', 'td', 'svg', 'path', 'style', 'title']) {
      expect(count(shown, name), name).toBe(count(ours, name));
    }
    expect(count(ours, 'meta')).toBe(3);
  });

  it('has no element of a stranger’s that reaches out by itself', () => {
    const shown = confinedReport(hostileReport('http://far') + refreshing('http://far'));
    expect(elements(shown)).not.toContain('link');
    expect(shown).toContain('<p>The end</p>');
    expect(shown.slice(1).match(/<(link|script|iframe|object|embed|base|form)/gi)).toBeNull();
  });

  it('is not tricked into making one by taking another out', () => {
    expect(elements(confinedReport('<me<meta>ta http-equiv="refresh"><META x><lin<base>k>'))).toEqual([
      'meta',
      'me',
      'lin',
    ]);
    expect(confinedReport('<p>a</p><link rel="preconnect" href="//far')).not.toContain('far');
  });
});
