/** Every table of the page: columns as records, rows of which only those in sight are drawn. */
import type { ComponentChildren, JSX, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { useVisibleRows } from '../viewport';
import type { Column } from './column';
import { Head, Widths } from './head';
import type { Sorting } from './head';
import { rowOf, scrollToRow } from './keys';
import { Row, Spacer } from './row';

export interface GridProps<R> {
  readonly columns: ReadonlyArray<Column<R>>;
  readonly rows: readonly R[];
  readonly keyOf: (row: R, index: number) => string | number;
  /** Its name for screen readers, where no caption says it. */
  readonly name?: string;
  readonly caption?: ComponentChildren;
  /** Class of the style sheet. `numbers` scrolls sideways inside itself. */
  readonly look: 'sites' | 'numbers' | 'numbers wide-numbers' | 'thresholds' | 'whole-block';
  /** Pixels, where the columns have widths. */
  readonly width?: number;
  /** Fixed widths that are too wide for the page. */
  readonly overflows?: boolean;
  readonly sorting?: Sorting;
  readonly classOf?: (row: R) => string;
  readonly picking?: Picking<R>;
}

/** How rows are chosen. */
interface Picking<R> {
  /** Row ids are this and the index. */
  readonly id: string;
  /** Index of the row that the reader is at; −1 of none. */
  readonly active: number;
  readonly pick: (index: number) => void;
  /** With it the table is one stop of the Tab key: ↑/↓ move, Enter opens. */
  readonly open?: (row: R) => void;
  /** The box of a row, which Space turns too. */
  readonly toggle?: (row: R) => void;
  /** The active one, unless rows have boxes. */
  readonly isSelected?: (row: R) => boolean;
  /** Whether the first row becomes active when the grid has the focus. */
  readonly startsAtFirst?: boolean;
}

/** A plain table unless its rows can be opened: then a grid as ARIA has it, with one stop of the Tab key. */
export function Grid<R>(props: GridProps<R>): VNode {
  const { look, name, overflows } = props;
  if (look === 'sites') {
    return (
      <div class={overflows ? 'table-frame scrolls' : 'table-frame'}>
        <Table {...props} />
      </div>
    );
  }
  if (!look.startsWith('numbers')) return <Table {...props} />;
  return (
    <div class="table-frame scrolls" tabIndex={0} role="region" aria-label={name}>
      <Table {...props} />
    </div>
  );
}

function Table<R>(props: GridProps<R>): VNode {
  const { columns, rows, keyOf, name, caption, look, width, sorting, classOf, picking } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const range = useVisibleRows(body, rows.length);
  const { active = -1, id } = picking ?? {};
  const inSight = active >= range.from && active < range.to;
  return (
    <table
      class={look}
      width={width}
      aria-label={look === 'sites' ? name : undefined}
      aria-rowcount={rows.length + 1}
      {...(picking?.open && gridProps(rows, picking))}
      aria-activedescendant={picking?.open && inSight ? `${id ?? ''}-${active}` : undefined}
    >
      {caption !== undefined && <caption>{caption}</caption>}
      {width !== undefined && <Widths columns={columns} />}
      <Head {...{ columns, sorting }} />
      <tbody ref={body} onClick={picking && clicks(rows, picking)}>
        <Spacer rows={range.from} columns={columns.length} />
        {rows.slice(range.from, range.to).map((row, offset) => {
          const index = range.from + offset;
          return (
            <Row
              key={keyOf(row, index)}
              id={id === undefined ? undefined : `${id}-${index}`}
              active={index === active}
              selected={picking?.isSelected?.(row) ?? index === active}
              selectable={picking?.open !== undefined}
              name={classOf?.(row) ?? ''}
              {...{ row, index, columns }}
            />
          );
        })}
        <Spacer rows={rows.length - range.to} columns={columns.length} />
      </tbody>
    </table>
  );
}

function clicks<R>(rows: readonly R[], { pick, toggle }: Picking<R>): (event: MouseEvent) => void {
  return ({ target }) => {
    if (!(target instanceof Element)) return;
    const index = Number(target.closest('tr')?.getAttribute('aria-rowindex') ?? NaN) - 2;
    const row = rows[index];
    if (row === undefined) return;
    pick(index);
    if (target instanceof HTMLInputElement) toggle?.(row);
  };
}

function gridProps<R>(rows: readonly R[], picking: Picking<R>): JSX.HTMLAttributes<HTMLTableElement> {
  const { active, pick, isSelected, startsAtFirst } = picking;
  return {
    role: 'grid',
    tabIndex: 0,
    ...(isSelected && { 'aria-multiselectable': 'true' as const }),
    onFocus: () => {
      if (startsAtFirst && active < 0 && rows.length > 0) pick(0);
    },
    onKeyDown: (event) => {
      // A key that is pressed in a cell's own control is meant for that.
      if (event.target === event.currentTarget && takeKey(event, rows, picking)) event.preventDefault();
    },
  };
}

/** Whether the key meant something here. */
function takeKey<R>(
  { key, currentTarget: table }: JSX.TargetedKeyboardEvent<HTMLTableElement>,
  rows: readonly R[],
  { active, pick, open, toggle }: Picking<R>,
): boolean {
  const row = rows[active];
  const act = key === 'Enter' ? open : key === ' ' ? toggle : undefined;
  if (act) {
    if (row !== undefined) act(row);
    return true;
  }
  const next = rowOf(key, active, rows.length);
  if (next === undefined) return false;
  pick(next);
  scrollToRow(table.tBodies[0], next);
  return true;
}
