import { htmlText } from '../../shared/sinks/html';

/** What the page is made of. */
export interface PageParts {
  readonly title: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly cspSource: string;
  /** Random, fresh for every page. */
  readonly nonce: string;
}

/**
 * The page's document. Nothing is allowed but the one script, our style sheet and style elements that carry the
 * nonce (the toolkit makes some).
 */
export function inspectorHtml({ title, scriptUri, styleUri, cspSource, nonce }: PageParts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${htmlText(cspSource)} 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="${htmlText(styleUri)}">
<title>${htmlText(title)}</title>
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${htmlText(scriptUri)}"></script>
</body>
</html>`;
}
