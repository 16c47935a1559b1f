import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on this machine that notes who comes: `connection`, and the path of each request. It answers with a page. */
export async function listening(): Promise<{
  readonly origin: string;
  seen(): readonly string[];
  close(): Promise<void>;
}> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.setHeader('content-type', 'text/html');
    response.end('<p>The end</p>');
  });
  server.on('connection', () => seen.push('connection'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * What a stranger might call a report: every way to fetch something without a click that we know of.
 * @param origin where it wants to fetch from, as in `http://127.0.0.1:4000`
 */
export function hostileReport(origin: string): string {
  const at = (name: string): string => `${origin}/${name}`;
  return `<!DOCTYPE html>
<html><head>
<meta http-equiv="Content-Security-Policy" content="default-src * 'unsafe-inline' 'unsafe-eval' data: blob:">
<base href="${at('base/')}">
<title>Report</title>
<link rel="stylesheet" href="${at('link.css')}">
<link rel="preload" as="image" href="${at('preload.png')}">
<link rel="prefetch" href="${at('prefetch')}">
<link rel="preconnect" href="${origin}">
<li<link>nk rel="stylesheet" href="${at('rebuilt.css')}">
<style>
@import url(${at('import.css')});
@font-face { font-family: far; src: url(${at('font.woff2')}); }
body { background: url(${at('background.png')}); font-family: far; }
</style>
<script src="${at('script.js')}"></script>
<script>fetch('${at('fetch')}'); new Image().src = '${at('image.png')}';</script>
</head><body>
<h1>Results</h1>
<img src="${at('img.png')}" srcset="${at('srcset.png')} 2x">
<img src="x" onerror="fetch('${at('handler')}')">
<picture><source srcset="${at('picture.png')}"><img src="${at('fallback.png')}"></picture>
<video poster="${at('poster.png')}" src="${at('video.mp4')}" autoplay></video>
<audio src="${at('audio.mp3')}" autoplay></audio>
<input type="image" src="${at('input.png')}">
<svg><image href="${at('svg.png')}" width="9" height="9"/><use href="${at('use.svg')}#a"/></svg>
<iframe src="${at('frame.html')}"></iframe>
<iframe srcdoc="<img src='${at('srcdoc.png')}'>"></iframe>
<object data="${at('object.swf')}"></object>
<embed src="${at('embed.swf')}">
<table background="${at('table.png')}"><tr><td>cell</td></tr></table>
<a href="command:workbench.action.closeActiveEditor">Close</a>
<p>The end</p>
</body></html>`;
}

/** Leads the whole document elsewhere, where nothing stops it. */
export const refreshing = (origin: string): string =>
  `<!DOCTYPE html><meta http-equiv="refresh" content="0;url=${origin}/refresh"><p>The end</p>`;
