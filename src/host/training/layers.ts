import type { SiteResult } from '../../contract/results';
import type { Ticked } from '../services';
import { HostError } from '../errors';
import { counted } from '../../shared/numbers';
import type { Frozen } from '../../shared/choices';

/** What decides over a convolution. */
type Choice = Pick<SiteResult, 'name' | 'kind' | 'eligible' | 'selected' | 'onlyFrozen'>;

/** Which convolutions a job converts. */
interface Chosen {
  /** For the job file; absent where each convolution's own default holds, or an ACNet stays as it is. */
  readonly layers?: string | readonly string[];
  /** For people, without a full stop. */
  readonly words: string;
}

/**
 * Which convolutions a new job converts: those ticked in the table of sites; where no page shows the file, those of the
 * earlier job; else all that convert by default.
 * @param frozen what the job does with frozen layers: one that trains them converts their convolutions by default too
 * @throws HostError when nothing would become a block
 */
export function layersToTrain(
  found: readonly Choice[],
  ticked: Ticked | undefined,
  earlier: string | readonly string[] | undefined,
  frozen: Frozen = 'keep',
): Chosen {
  const sites = found.map((site) => ({
    ...site,
    selected: site.selected || (frozen === 'train' && site.onlyFrozen === true),
  }));
  if (ticked === undefined && typeof earlier === 'string') {
    return { layers: earlier, words: `Convolutions as in the earlier job: ${earlier}` };
  }
  const wanted = ticked ?? earlier ?? 'default';
  const present = typeof wanted === 'string' ? undefined : namesAmong(sites, wanted);
  // An earlier job may name what the file no longer has.
  const layers = present?.length === 0 && ticked === undefined ? undefined : present;
  const blocks = sites.filter(({ kind }) => kind === 'acb').length;
  return blocks > 0 ? besides(blocks, layers) : outOf(sites, layers);
}

function isPossible({ kind, eligible }: Choice): boolean {
  return kind === 'plain' && eligible;
}

function namesAmong(sites: readonly Choice[], wanted: readonly string[]): readonly string[] {
  const names = new Set(wanted);
  return sites.filter((site) => isPossible(site) && names.has(site.name)).map(({ name }) => name);
}

/** An ACNet keeps the blocks it has. */
function besides(blocks: number, layers: readonly string[] = []): Chosen {
  const words = `${counted(blocks, 'block')} of the file`;
  if (layers.length === 0) return { words };
  return { layers, words: `${words} and ${counted(layers.length, 'new block')}` };
}

function outOf(sites: readonly Choice[], layers: readonly string[] | undefined): Chosen {
  if (layers?.length === 0)
    throw new HostError('no convolution is selected, so nothing would become a block');
  const possible = sites.filter(isPossible);
  const count = layers?.length ?? possible.filter(({ selected }) => selected).length;
  const become = count === 1 ? 'becomes a block' : 'become blocks';
  const words = `${count} of ${counted(possible.length, 'convolution')} ${become}`;
  return { ...(layers && { layers }), words };
}
