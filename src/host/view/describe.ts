import type { InspectResult } from '../../contract/results';

/** What a checkpoint is in the way from plain to ACNet and back. */
export type CheckpointState = 'plain' | 'acnet' | 'fused';

/** One row of the view, in words. */
export interface Description {
  readonly state: CheckpointState;
  /** Beside the name, what tells most first, for a narrow view: `ACNet · 4 sites · 306 KiB · Keras`. */
  readonly text: string;
  /** Lines for the tooltip. */
  readonly details: readonly string[];
  /** Whether a site could become a block. */
  readonly convertible: boolean;
  /** Whether its network can be saved in another format. */
  readonly exportable: boolean;
}

const WORDS: Readonly<Record<CheckpointState, string>> = { plain: 'no ACB', acnet: 'ACNet', fused: 'fused' };

/** @param name the file's name: a fused file holds plain convolutions, and only its name tells that it was fused */
export function describeCheckpoint(name: string, result: InspectResult): Description {
  const blocks = result.sites.filter(({ kind }) => kind === 'acb').length;
  const eligible = result.sites.filter(({ kind, eligible }) => kind === 'plain' && eligible).length;
  const state = stateOf(name, blocks);
  const parts = [WORDS[state], count(blocks + eligible, 'site'), bytes(result.size), result.formatLabel];
  const details = [
    result.framework ? `${result.formatLabel}, ${result.framework}` : result.formatLabel,
    `${bytes(result.size)}, ${count(result.parameters, 'parameter')}`,
    sites(blocks, eligible, result.hasGraph),
    ...(state === 'fused' ? ['fused, by its name'] : []),
    ...result.warnings.map((warning) => `Note: ${warning}`),
  ];
  const exportable = result.hasGraph && result.unsupported.length === 0;
  return { state, text: parts.join(' · '), details, convertible: eligible > 0, exportable };
}

function stateOf(name: string, blocks: number): CheckpointState {
  if (blocks > 0) return 'acnet';
  return /[.\-_]fused(?=[.\-_\d])/i.test(name) ? 'fused' : 'plain';
}

function sites(blocks: number, eligible: number, hasGraph: boolean): string {
  const words = [
    ...(blocks > 0 ? [count(blocks, 'asymmetric convolution block')] : []),
    ...(eligible > 0 ? [`${count(eligible, 'convolution')} that can become a block`] : []),
  ];
  const said = words.length > 0 ? words.join(', ') : 'no convolution that can become a block';
  return hasGraph ? said : `${said}; weights without a network`;
}

/** `1 site`, `1,204 parameters`. */
function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** `306 KiB`: the units of the inspector. */
export function bytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = size;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}
