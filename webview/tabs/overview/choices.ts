import * as z from 'zod/mini';
import { choice, choices } from '../choices';
import type { Chosen } from '../choices';

/** What a reader chooses on the Overview tab. */
export const overviewChoices = choices('overview', {
  filter: choice(z.string(), ''),
  show: choice(z.enum(['all', 'eligible', 'ineligible', 'acb']), 'all'),
  sort: choice(
    z.enum([
      ...(['order', 'name', 'kernel', 'channels', 'stride', 'dilation'] as const),
      ...(['groups', 'output', 'macs', 'batchNorm', 'verdict'] as const),
    ]),
    'order',
  ),
  descending: choice(z.boolean(), false),
  /** Names whose selection differs from the site's own default. */
  toggled: choice(z.array(z.string()), []),
});

/** Its choices as they are remembered. */
export type OverviewChoices = Chosen<typeof overviewChoices>;

/** Which sites the table lists. */
export type Show = OverviewChoices['show'];

/** By which column the table is sorted. */
export type SortKey = OverviewChoices['sort'];
