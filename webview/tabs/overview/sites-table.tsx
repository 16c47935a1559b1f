/** The sites as a grid: ↑/↓ move, Space toggles, Enter opens Kernels. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { focusTab } from '../../ui/focus-tab';
import { Grid } from '../../ui/grid/grid';
import { kernelsChoices } from '../kernels/choices';
import type { SortKey } from './choices';
import type { OverviewProps } from './context';
import { siteColumns } from './sites-cells';
import { tableLayout } from './sites-columns';
import { canConvert, isChosen, setAll, toggle } from './model';
import type { Row } from './model';

export interface SitesTableProps extends Omit<OverviewProps, 'state' | 'inspected'> {
  readonly rows: readonly Row[];
}

/** Sites as rows with a box each, of those that can be converted. */
export function SitesTable(props: SitesTableProps): VNode {
  const { rows, choices, choose, show, format, toggled, viewport } = props;
  const [active, pick] = useActive(rows);
  const { width, content } = viewport;
  const layout = useMemo(() => tableLayout(rows, width, content), [rows, width, content]);
  const columns = useMemo(() => {
    const largest = Math.max(1, ...rows.map(({ site }) => site.macs ?? 0));
    const selectAll = <SelectAll {...{ rows, choose, toggled }} />;
    return siteColumns(layout.columns, { format, largest, selectAll });
  }, [layout, rows, format, choose, toggled]);
  return (
    <Grid
      name="Sites"
      look="sites"
      keyOf={({ site }) => site.name}
      classOf={({ site }) => (site.eligible || site.kind === 'acb' ? '' : 'off')}
      width={layout.width}
      overflows={layout.overflows}
      sorting={{
        ...choices,
        rest: 'order',
        onChange: ({ sort, descending }) => {
          // Its columns are those that sites can be sorted by.
          choose({ sort: sort as SortKey, descending });
        },
      }}
      picking={{
        id: 'site',
        startsAtFirst: true,
        isSelected: ({ site }) => isChosen(site, toggled),
        toggle: ({ site }) => {
          if (canConvert(site)) choose({ toggled: toggle(site.name, toggled) });
        },
        open: ({ site }) => {
          show(kernelsChoices, { layer: site.name, size: site.kernel.join('x') });
          // The table leaves with the focus in it.
          focusTab(kernelsChoices.tab);
        },
        ...{ active, pick },
      }}
      {...{ rows, columns }}
    />
  );
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

function SelectAll({ rows, choose, toggled }: Pick<SitesTableProps, 'rows' | 'choose' | 'toggled'>): VNode {
  const sites = rows.map(({ site }) => site).filter(canConvert);
  const chosen = sites.filter((site) => isChosen(site, toggled)).length;
  const all = sites.length > 0 && chosen === sites.length;
  return (
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
  );
}
