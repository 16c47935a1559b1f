import { visible } from './visible';

/** What a spreadsheet takes for the start of a formula, in any of the widths that it knows. */
const FORMULA = /^(?=\s*[=+\-@＝＋－＠])/;
/** The same behind what is a separator in some countries: there a quote in the middle of a cell protects nothing. */
const INNER = /(?<=[;,|"]\s*)(?=[=+\-@＝＋－＠])/g;

/** Foreign text as one cell of comma-separated values (RFC 4180): on one line, quoted where needed, never a formula. */
export function csvCell(text: string): string {
  const safe = visible(text).replace(INNER, "'").replace(FORMULA, "'");
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
