import type { Shape } from '../../shared/charts/shape';
import { htmlText } from '../../shared/sinks/html';

/** Markup that is safe to put into a page as it is. Only `html` makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What can stand in the `html` tag. */
export type Fragment = Markup | string | number | readonly Fragment[] | undefined;

/** Template tag: every value that is not markup is escaped, since names come from files. */
export function html(strings: TemplateStringsArray, ...values: Fragment[]): Markup {
  return new Markup(strings.map((text, i) => text + (i < values.length ? render(values[i]) : '')).join(''));
}

function render(value: Fragment): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return htmlText(String(value));
  return value.map(render).join('');
}

/** Parts of a drawing, inside an `svg`. */
export function svgParts(shapes: readonly Shape[]): Markup {
  const parts = shapes.map(({ tag, attributes, text }) => {
    const written = Object.entries(attributes).map(
      ([name, value]) => ` ${name}="${htmlText(String(value))}"`,
    );
    const start = `<${tag}${written.join('')}`;
    return text === undefined ? `${start} />` : `${start}>${htmlText(text)}</${tag}>`;
  });
  return new Markup(parts.join('\n'));
}

/** A column of a table of the report. */
export interface HtmlColumn {
  readonly head: string;
  readonly number?: boolean;
}

/** A table that scrolls inside itself when the page is narrow. The first column names the row. */
export function htmlTable(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: ReadonlyArray<readonly Fragment[]>,
): Markup {
  const kind = ({ number }: HtmlColumn) => (number ? 'number' : 'name');
  const heads = columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.head}</th>`);
  const cell = (value: Fragment, i: number) =>
    i === 0
      ? html`<th scope="row" class="${kind(columns[i])}">${value}</th>`
      : html`<td class="${kind(columns[i])}">${value}</td>`;
  const body = rows.map(
    (row) =>
      html`<tr>
        ${row.map(cell)}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="data">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
