import { kernelsSection } from './kernels';
import type { ReportData } from './data';
import { html, Markup } from './html';
import { pruningSection } from './pruning';
import { STYLE } from './style';
import { environmentSection, measuresSection, networkSection, resultSection } from './summary';
import { trainingSection } from './training';

/** Nothing is fetched and nothing runs: the page is what the file holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** The whole run as one HTML page that needs nothing else. */
export function renderReport(data: ReportData): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${data.title}</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${data.title}</h1>
          <p>${data.subtitle}</p>
          <p>${when(data.finished)} · ${data.backend}</p>
        </header>
        <main>
          ${resultSection(data)} ${data.kernels ? kernelsSection(data.kernels) : undefined}
          ${data.pruning.map(pruningSection)} ${trainingSection(data)} ${measuresSection(data)}
          ${networkSection(data)} ${environmentSection(data)}
        </main>
      </body>
    </html> `;
  return page.text;
}

function when(iso: string): string {
  return (
    new Date(iso).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }) + ' UTC'
  );
}
