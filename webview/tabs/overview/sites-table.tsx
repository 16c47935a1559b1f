/** The sites as a grid: one stop of the Tab key, ↑/↓ move, Space toggles, Enter opens Kernels. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { moveIndex } from '../../ui/keys';
import { focusTab } from '../../ui/focus-tab';
import { kernelsChoices } from '../kernels/choices';
import type { SortKey } from './choices';
import type { OverviewProps } from './overview-props';
import { tableLayout } from './sites-columns';
import type { ColumnSpec } from './sites-columns';
import { canConvert, isChosen, setAll, toggle } from './sites-model';
import type { Row } from './sites-model';
import { SiteRow } from './sites-row';
import { useVisibleRows } from '../../ui/viewport';

export interface SitesTableProps extends Omit<OverviewProps, 'state' | 'inspected'> {
  readonly rows: readonly Row[];
}

export function SitesTable(props: SitesTableProps): VNode {
  const { rows, choices, choose, show, format, toggled, viewport } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useVisibleRows(body, rows.length);
  const [active, setActive] = useActive(rows);
  const layout = useMemo(
    () => tableLayout(rows, viewport.width, viewport.content),
    [rows, viewport.width, viewport.content],
  );
  const largest = useMemo(() => Math.max(1, ...rows.map(({ site }) => site.macs ?? 0)), [rows]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (tableKey(event.key, { rows, active, setActive, choose, show, toggled })) event.preventDefault();
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const index = Number(target.closest('tr')?.id.slice('site-'.length) ?? NaN);
    const site = rows[index]?.site;
    if (!site) return;
    setActive(index);
    if (target instanceof HTMLInputElement) choose({ toggled: toggle(site.name, toggled) });
  };
  return (
    <div class={layout.overflows ? 'table-frame scrolls' : 'table-frame'}>
      <table
        class="sites"
        width={layout.width}
        role="grid"
        aria-label="Sites"
        aria-rowcount={rows.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={active >= range.from && active < range.to ? `site-${active}` : undefined}
        tabIndex={0}
        onFocus={() => {
          if (active < 0 && rows.length > 0) setActive(0);
        }}
        onKeyDown={onKeyDown}
      >
        <Widths columns={layout.columns} />
        <Head {...{ rows, choices, choose, toggled }} columns={layout.columns} />
        <tbody ref={body} onClick={onClick}>
          <Spacer rows={range.from} columns={layout.columns.length} />
          {rows.slice(range.from, range.to).map((row, offset) => (
            <SiteRow
              key={row.site.name}
              row={row}
              index={range.from + offset}
              columns={layout.columns}
              active={range.from + offset === active}
              chosen={isChosen(row.site, toggled)}
              largest={largest}
              format={format}
            />
          ))}
          <Spacer rows={rows.length - range.to} columns={layout.columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Widths({ columns }: { readonly columns: readonly ColumnSpec[] }): VNode {
  return (
    <colgroup>
      {columns.map(({ key, width }) => (
        <col key={key} width={width} />
      ))}
    </colgroup>
  );
}

interface KeyContext {
  readonly rows: readonly Row[];
  readonly active: number;
  readonly setActive: (index: number) => void;
  readonly choose: OverviewProps['choose'];
  readonly show: OverviewProps['show'];
  readonly toggled: ReadonlySet<string>;
}

/** Whether the key meant something here. */
function tableKey(key: string, { rows, active, setActive, choose, show, toggled }: KeyContext): boolean {
  const site = rows[active]?.site;
  if (key === ' ') {
    if (site && canConvert(site)) choose({ toggled: toggle(site.name, toggled) });
    return true;
  }
  if (key === 'Enter') {
    if (!site) return true;
    show(kernelsChoices, { layer: site.name, size: site.kernel.join('x') });
    // The table leaves with the focus in it.
    focusTab(kernelsChoices.tab);
    return true;
  }
  if (key === 'ArrowLeft' || key === 'ArrowRight') return false;
  const page = { PageDown: 20, PageUp: -20 }[key];
  const next =
    page === undefined
      ? moveIndex(key, active, rows.length)
      : Math.min(rows.length - 1, Math.max(0, active + page));
  if (next === undefined) return false;
  setActive(next);
  scrollToRow(next);
  return true;
}

/** The active row follows its site when the table is sorted or filtered. */
function useActive(rows: readonly Row[]): [number, (index: number) => void] {
  const [name, setName] = useState<string | undefined>(undefined);
  const active = useMemo(
    () => (name === undefined ? -1 : rows.findIndex(({ site }) => site.name === name)),
    [rows, name],
  );
  useEffect(() => {
    if (active < 0) setName(undefined);
  }, [active]);
  return [
    active,
    (index) => {
      setName(rows[index]?.site.name);
    },
  ];
}

/** Scrolls the page, not the row into view: the row may not be drawn yet. */
export function scrollToRow(index: number): void {
  const body = document.querySelector('table.sites tbody');
  if (!body) return;
  const row = 24;
  const covered = 36 + row;
  const top = body.getBoundingClientRect().top + index * row;
  if (top < covered) window.scrollBy(0, top - covered);
  else if (top + row > window.innerHeight) window.scrollBy(0, top + row - window.innerHeight + 8);
}

export function Spacer({ rows, columns }: { readonly rows: number; readonly columns: number }): VNode | null {
  if (rows <= 0) return null;
  return (
    <tr class="spacer" role="presentation">
      <td role="presentation" colSpan={columns} height={rows * 24} />
    </tr>
  );
}

interface HeadProps {
  readonly rows: readonly Row[];
  readonly columns: readonly ColumnSpec[];
  readonly choices: OverviewProps['choices'];
  readonly choose: OverviewProps['choose'];
  readonly toggled: ReadonlySet<string>;
}

function Head({ rows, columns, choices, choose, toggled }: HeadProps): VNode {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map((column) => {
          if (column.key === 'bar') return <td key={column.key} class="bar-head" />;
          if (column.key === 'select') return <SelectAll key={column.key} {...{ rows, choose, toggled }} />;
          return <SortHead key={column.key} {...{ column, choices, choose }} sort={column.key} />;
        })}
      </tr>
    </thead>
  );
}

function SelectAll({ rows, choose, toggled }: Pick<HeadProps, 'rows' | 'choose' | 'toggled'>): VNode {
  const sites = rows.map(({ site }) => site).filter(canConvert);
  const chosen = sites.filter((site) => isChosen(site, toggled)).length;
  const all = sites.length > 0 && chosen === sites.length;
  return (
    <th scope="col">
      <input
        type="checkbox"
        aria-label="Select all shown that can convert"
        checked={all}
        indeterminate={chosen > 0 && !all}
        disabled={sites.length === 0}
        onChange={() => {
          choose({ toggled: setAll(sites, !all, toggled) });
        }}
      />
    </th>
  );
}

interface SortHeadProps {
  readonly column: ColumnSpec;
  readonly sort: SortKey;
  readonly choices: OverviewProps['choices'];
  readonly choose: OverviewProps['choose'];
}

function SortHead({ column, sort, choices, choose }: SortHeadProps): VNode {
  const sorted = choices.sort === sort;
  const direction = choices.descending ? 'descending' : 'ascending';
  const natural = sort === 'order' || !sorted;
  return (
    <th
      scope="col"
      class={column.numeric ? 'numeric' : ''}
      aria-sort={sorted && sort !== 'order' ? direction : 'none'}
    >
      <button
        type="button"
        class="sort"
        title={natural ? `Sort by ${column.label}` : 'Sort the other way'}
        onClick={() => {
          // Third press: back to the network's order.
          if (sorted && choices.descending) choose({ sort: 'order', descending: false });
          else choose({ sort, descending: sorted });
        }}
      >
        {column.label}
        {sorted && sort !== 'order' && <span aria-hidden="true">{choices.descending ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
}
