/** A report shows itself: nothing is fetched, nothing runs, nothing is sent. */
export const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-src 'none'";

// Elements that reach out past a policy (links that connect beforehand, a refresh that leads elsewhere) and those that
// only do harm. A report of ours has only `meta` of them, and is shown the same without.
const REACHING_OUT = /<(?:meta|link|base|script|iframe|frame|fencedframe|object|embed|form)\b[^>]*>?/gi;

/**
 * A report's document with a policy of ours before everything in it. The file may be a stranger's, whatever its name says, so
 * its own policy counts for nothing. A space stays where something was taken out: what is left and right of it must not
 * become an element.
 */
export function confinedReport(html: string): string {
  const policy = `<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">`;
  return `<!DOCTYPE html>${policy}${html.replace(REACHING_OUT, ' ')}`;
}
