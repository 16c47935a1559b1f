/**
 * The built page as a webview holds it: the same content security policy, the theme's variables on the document, and a
 * stand-in for VS Code's side that keeps what the page sends.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import type { InspectorState } from '../../../src/contract/page';
import { themes } from './themes';
import type { Theme, ThemeName } from './themes';

const TYPES: Readonly<Record<string, string>> = {
  '/inspector.js': 'text/javascript',
  '/inspector.css': 'text/css',
};

/**
 * Where the page lies on the server: `?theme=` chooses its colours. Without another `?opening=` it finds again what it kept in
 * this tab.
 */
export const PAGE = '/page';

/**
 * Answers requests for the page and its files.
 * @param folder where the page was built
 * @param state what the stand-in sends when the page is ready; without it, whoever opened the page sends it
 * @returns false for a request of something else
 */
export function servePage(
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
  folder: string,
  state?: InspectorState,
): boolean {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const type = TYPES[pathname];
  if (type !== undefined) {
    response.writeHead(200, { 'content-type': type });
    response.end(readFileSync(path.join(folder, pathname)));
    return true;
  }
  if (pathname !== PAGE) return false;
  const nonce = randomBytes(16).toString('base64');
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy(nonce),
  });
  response.end(html(nonce, themes[(searchParams.get('theme') ?? 'dark') as ThemeName], state));
  return true;
}

const policy = (nonce: string) =>
  `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;

function html(nonce: string, theme: Theme, state: InspectorState | undefined): string {
  const variables = Object.entries(theme.variables).map(([name, value]) => `${name}: ${value};`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Inspector</title>
<style nonce="${nonce}">html { ${variables.join(' ')} } body { padding: 0 20px; }</style>
<link rel="stylesheet" href="/inspector.css">
<script nonce="${nonce}">
window.sent = []; window.violations = [];
const opening = new URLSearchParams(location.search).get('opening');
if (sessionStorage.getItem('opening') !== opening) {
  sessionStorage.clear();
  sessionStorage.setItem('opening', opening);
}
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
const first = ${JSON.stringify(state ?? null).replaceAll('<', '\\u003c')};
window.acquireVsCodeApi = () => ({
  postMessage: (message) => {
    window.sent.push(message);
    if (window.parent !== window) window.parent.postMessage(message, '*');
    if (message.type === 'ready' && first) window.postMessage({ type: 'state', state: first }, '*');
  },
  getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
  setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
});
</script></head>
<body class="${theme.bodyClass}" data-vscode-theme-kind="${theme.kind}"><div id="root"></div>
<script nonce="${nonce}" src="/inspector.js"></script></body></html>`;
}
