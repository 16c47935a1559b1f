import { describe, expect, it } from 'vitest';
import { inspectorHtml } from '../../../src/host/inspector/html';

const parts = {
  title: 'a.keras',
  scriptUri: 'https://host/inspector.js',
  styleUri: 'https://host/inspector.css',
  cspSource: 'https://host',
  nonce: 'abc123',
};

describe('the page', () => {
  it('allows nothing that its policy does not name', () => {
    const html = inspectorHtml(parts);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-abc123'",
      "style-src https://host 'nonce-abc123'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(html).not.toMatch(/unsafe|style=|<style|onload=/);
  });

  it('is not broken out of by a file name', () => {
    const html = inspectorHtml({ ...parts, title: '</title><script>alert("1")</script>&.keras' });
    expect(html).toContain(
      '<title>&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;.keras',
    );
    expect(html.match(/<script/g)).toHaveLength(1);
  });
});
