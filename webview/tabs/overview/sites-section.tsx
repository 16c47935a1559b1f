/** Heading, filter and Show above the table of sites; what the selection costs below it. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { SiteResult } from '../../../src/contract/results';
import { csv } from '../../charts/csv';
import type { Format } from '../../../src/shared/format';
import { TextField } from '../../ui/toolkit';
import { CopyButton, Section, Segmented } from '../../ui/controls';
import { Icon } from '../../ui/icons';
import type { OverviewProps } from './context';
import {
  batchNormWords,
  chosenNames,
  countByShow,
  isChosen,
  selectRows,
  siteSummary,
  toRows,
  trainingCost,
  verdict,
} from './model';
import type { Show } from './choices';
import { SitesTable } from './sites-table';

/** What is listed, and which boxes are checked, is kept over reloads. */
export function SitesSection({
  inspected,
  choices,
  choose,
  show: turnTo,
  format,
  toggled,
  viewport,
}: OverviewProps): VNode {
  const { sites } = inspected;
  const { filter, show, sort, descending } = choices;
  const rows = useMemo(
    () => selectRows(toRows(sites), { filter, show, sort, descending }),
    [sites, filter, show, sort, descending],
  );
  const chosen = useMemo(() => chosenNames(sites, toggled), [sites, toggled]);
  const controls = (
    <>
      <TextField
        label="Filter by name"
        value={filter}
        icon={<Icon name="search" />}
        onInput={(value) => {
          choose({ filter: value });
        }}
      />
      <Segmented
        label="Show"
        value={show}
        options={showOptions(sites, format)}
        onChange={(value) => {
          choose({ show: value });
        }}
      />
      <CopyButton text={() => sitesCsv(sites, toggled)} />
    </>
  );
  return (
    <Section title="Sites" name="Sites" note={siteSummary(sites, chosen.length, format)} controls={controls}>
      <SitesTable {...{ rows, choices, choose, format, toggled, viewport }} show={turnTo} />
      <p class="foot" role="status">
        {footWords(rows.length, sites, chosen, inspected.macs, format)}
      </p>
    </Section>
  );
}

function showOptions(sites: readonly SiteResult[], format: Format) {
  const counts = countByShow(sites);
  const option = (value: Show, label: string) => ({
    value,
    label: `${label} ${format.count(counts[value])}`,
  });
  return [
    option('all', 'All'),
    option('eligible', 'Can convert'),
    option('ineligible', 'Cannot'),
    option('acb', 'ACB'),
  ];
}

function footWords(
  shown: number,
  sites: readonly SiteResult[],
  chosen: readonly string[],
  macs: number | null,
  format: Format,
): string {
  const rows =
    shown === 0 ? 'No site matches.' : `${format.count(shown)} of ${format.count(sites.length)} sites shown.`;
  const cost = trainingCost(sites, chosen, macs);
  if (chosen.length === 0 || cost === undefined) return rows;
  const subject = format.counted(chosen.length, 'selected site');
  return `${rows} ${subject}: ${format.signed(100 * cost, 0)} % MACs while training, none after fusing.`;
}

function sitesCsv(sites: readonly SiteResult[], toggled: ReadonlySet<string>): string {
  const head = [
    ...['number', 'site', 'kernel', 'in', 'out', 'stride', 'dilation', 'groups', 'output', 'macs'],
    ...['batch norm', 'can become an ACB', 'selected'],
  ];
  return csv(
    head,
    sites.map((site, index) => [
      index + 1,
      site.name,
      site.kernel.join('x'),
      site.inChannels,
      site.outChannels,
      site.stride.join('x'),
      site.dilation.join('x'),
      site.groups,
      site.output?.map((side) => side ?? '?').join('x') ?? null,
      site.macs,
      batchNormWords(site),
      verdict(site).text,
      isChosen(site, toggled) ? 'yes' : 'no',
    ]),
  );
}
