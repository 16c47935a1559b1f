import type { ConvertResult, ExportResult, FuseResult } from '../../contract/results';
import { warnings } from './inspect';
import { table } from './table';
import { counted } from '../../shared/numbers';
import type { NewResult } from '../../contract/operations/new';
import { landingLine } from '../../shared/landing-words';

/** What `convert` did, for a terminal. */
export function renderConvert({ converted, skipped, warnings: texts, ...written }: ConvertResult): string {
  const lines = [`${counted(converted.length, 'convolution')} became ACBs: ${converted.join(', ')}`];
  if (skipped.length > 0) {
    const rows = skipped.map(({ name, reason }) => [name, reason]);
    lines.push('', table([{ head: 'left as it is' }, { head: 'why' }], rows));
  }
  return [...lines, ...warnings(texts), '', ...filesOf(written)].join('\n');
}

/** What `fuse` did, for a terminal. */
export function renderFuse({
  fused,
  biased = [],
  landings = [],
  warnings: texts,
  ...written
}: FuseResult): string {
  const line = `${counted(fused.length, 'ACB')} became plain convolutions: ${fused.join(', ')}`;
  const lines = [line, ...landings.map((landing) => `  ${landingLine(landing)}`)];
  if (biased.length > 0)
    lines.push(
      `  ${counted(biased.length, 'convolution')} with a bias, a further key where the original had none: ${biased.join(', ')}`,
    );
  return [...lines, ...warnings(texts), '', ...filesOf(written)].join('\n');
}

/** What `export` did, for a terminal. */
export function renderExport({ output, formatLabel, warnings: texts }: ExportResult): string {
  return [`the network as ${formatLabel}`, ...warnings(texts), '', `written: ${output}`].join('\n');
}

/** What `new` wrote, for a terminal. */
export function renderNew({ formatLabel, parameters, law, seed, ...written }: NewResult): string {
  return [
    `an untrained network as ${formatLabel}: ${counted(parameters, 'weight')}, drawn by seed ${seed} (${law})`,
    '',
    ...filesOf(written),
  ].join('\n');
}

function filesOf({ output, module }: { readonly output: string; readonly module?: string }): string[] {
  return [`written: ${output}`, ...(module ? [`written: ${module}, which loads it in PyTorch`] : [])];
}
