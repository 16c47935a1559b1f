import type { InspectResult, SiteResult } from '../../contract/results';
import { bytes, count, macs, pair } from '../../shared/numbers';
import { inputValuesWords } from '../../shared/input-words';
import { landingName } from '../../shared/landing-words';
import { enumerated } from '../../shared/words';
import { facts, table } from './table';

/** The facts of a checkpoint and its sites, for a terminal. */
export function renderInspect(path: string, result: InspectResult): string {
  return [path, '', overview(result), '', sites(result), ...warnings(result.warnings)].join('\n');
}

/** Warnings below a result, each on a line; nothing when there are none. */
export function warnings(texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : ['', ...texts.map((text) => `warning: ${text}`)];
}

function overview(result: InspectResult): string {
  const rows: [string, string][] = [
    ['format', formatOf(result)],
    ['size', bytes(result.size)],
    ['parameters', parameters(result)],
    [
      'network',
      result.hasGraph ? `${result.inputs.join(', ')} → ${result.outputs.join(', ')}` : 'none: weights only',
    ],
    ['multiply–accumulates', result.macs === null ? 'unknown' : macs(result.macs)],
  ];
  if (result.inputValues) rows.push(['input values', inputValuesWords(result.inputValues)]);
  if (result.frozenLayers) rows.push(['frozen layers', frozen(result.frozenLayers)]);
  for (const { label, value } of result.facts) rows.push([label, value]);
  if (result.unsupported.length > 0) rows.push(['cannot be trained', result.unsupported.join(', ')]);
  return facts(rows);
}

/** A format that is named like its framework is not named twice. */
function formatOf({ formatLabel, framework }: InspectResult): string {
  return framework && framework !== formatLabel ? `${formatLabel} (${framework})` : formatLabel;
}

function frozen(layers: readonly string[]): string {
  return `${layers.length}, not changed by training: ${enumerated(layers)}`;
}

function parameters({ parameters, trainableParameters, statistics }: InspectResult): string {
  const trainable = trainableParameters === null ? '' : `, ${count(trainableParameters)} of them trainable`;
  const measured = statistics === undefined ? '' : `; and ${count(statistics)} batch-norm statistics`;
  return `${count(parameters)}${trainable}${measured}`;
}

function sites({ sites, hasGraph, unsupported }: InspectResult): string {
  if (sites.length === 0) {
    if (!hasGraph)
      return 'no sites: no weight of this file is recognised, by name and shape, as a kernel of a convolution';
    return unsupported.length > 0
      ? `no convolution that can be read; there may be some in the layers that are not supported: ${unsupported.join(', ')}`
      : 'no convolutions';
  }
  return table(
    [
      { head: 'site' },
      { head: 'kernel' },
      { head: 'in', align: 'right' },
      { head: 'out', align: 'right' },
      { head: 'stride' },
      { head: 'MACs', align: 'right' },
      { head: 'batch norm' },
      { head: 'verdict' },
    ],
    sites.map((site) => [
      site.name,
      pair(site.kernel),
      String(site.inChannels),
      String(site.outChannels),
      pair(site.stride),
      macs(site.macs),
      site.batchNorm,
      verdict(site),
    ]),
  );
}

function verdict({ kind, landing, eligible, selected, reason }: SiteResult): string {
  if (kind === 'acb') return `already an ACB${landing ? `: ${landingName(landing)}` : ''}`;
  if (!eligible) return `not eligible: ${reason ?? 'unknown reason'}`;
  const text = selected ? 'eligible' : 'eligible, not selected';
  return reason ? `${text} (${reason})` : text;
}
