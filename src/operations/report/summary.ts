import { bytes, count, counted, macs, pair, percent, scientific, signed } from '../../shared/numbers';
import type { EvaluateResult, InspectResult, VerifyResult } from '../../contract/results';
import { differenceContains } from '../../shared/difference-words';
import type { Check, ReportData } from './data';
import { doubtCauses, doubtWords } from '../../shared/doubt-words';
import { createFormat } from '../../shared/format';
import { trainedDifferenceWords, verdictWords } from '../../shared/trained-difference';
import { leftOutWords } from '../../shared/left-out';
import { html, htmlTable, type Fragment, type Markup } from './html';

/** Key figures and the bars of the run. */
export function resultSection(data: ReportData): Markup {
  const { train, checks, verify } = data;
  const { baseline, acnet, fused } = train.result;
  const difference = acnet.top1 - baseline.top1;
  return html`<section aria-label="Result">
    <h2>Result</h2>
    <dl class="figures">
      ${figure('Baseline top-1', percent(baseline.top1), `before: ${percent(baseline.before)}`)}
      ${figure('ACNet top-1', percent(acnet.top1), `before: ${percent(acnet.before)}`)}
      ${figure('ACNet − baseline', signed(difference, 2), 'points')}
      ${figure('Fused top-1', percent(fused.top1), `largest relative difference ${scientific(verify?.maxRel ?? fused.maxRel)}${blockNote(fused)}`)}
    </dl>
    <p class="reading">${reading(train.result)}</p>
    ${doubt(train.result)} ${recipeNote(train.result)} ${leftOutNote(train.result)}
    ${checks.length > 0 ? checkTable(checks) : undefined}
  </section>`;
}

function recipeNote({ recipe }: ReportData['train']['result']): Markup | undefined {
  return recipe && html`<p class="note">How both networks were trained: ${recipe.join('; ')}.</p>`;
}

function leftOutNote({ leftOut }: ReportData['train']['result']): Markup | undefined {
  const words = leftOutWords(leftOut);
  return words === undefined ? undefined : html`<p class="note">${words}</p>`;
}

function blockNote({ blocks }: ReportData['train']['result']['fused']): string {
  return blocks ? `, of one block ${scientific(blocks.maxRel)}` : '';
}

function figure(label: string, value: string, note: string): Markup {
  return html`<div>
    <dt>${label}</dt>
    <dd><strong>${value}</strong><span>${note}</span></dd>
  </div>`;
}

/** What these two networks differ by; without the paired difference, as of an earlier run, nothing is claimed. */
function reading(result: ReportData['train']['result']): Fragment {
  const { difference, start, seeds } = result;
  const found = difference ? `${trainedDifferenceWords(difference, createFormat('en'))} ` : '';
  const verdict = verdictWords(seeds, createFormat('en'));
  const length =
    start === 'scratch'
      ? 'Both networks were trained from scratch.'
      : "This is a short fine-tune; the paper's gains come from training from scratch.";
  return html`${found}The difference contains ${differenceContains(result)}. ${verdict} ${length}`;
}

/** That the networks started from one that did not see what it was trained with, or from a new one. */
function doubt({ doubt: found }: ReportData['train']['result']): Markup | undefined {
  if (!found) return undefined;
  const causes = doubtCauses(found).map((line) => html`<li>${line}</li>`);
  return html`<p class="reading">${doubtWords(found, createFormat('en'))} Likely causes:</p>
    <ul>
      ${causes}
    </ul>`;
}

function checkTable(checks: readonly Check[]): Markup {
  const rows = checks.map(({ name, measured, bar, passed }) => [
    name,
    measured,
    bar,
    html`<span class="${passed ? 'met' : 'missed'}">${passed ? 'met' : 'NOT met'}</span>`,
  ]);
  return htmlTable(
    'What this run had to meet',
    [
      { head: 'check' },
      { head: 'measured', number: true },
      { head: 'bar', number: true },
      { head: 'verdict' },
    ],
    rows,
  );
}

/** Accuracies over all test images, and the comparison of outputs. */
export function measuresSection({ evaluations, verify }: ReportData): Markup {
  return html`<section aria-label="Evaluation and verification">
    <h2>Evaluation and verification</h2>
    ${evaluations.length > 0 ? evaluationTable(evaluations) : undefined}
    ${verify ? verifyTable(verify) : undefined}
  </section>`;
}

function evaluationTable(rows: ReadonlyArray<{ name: string; result: EvaluateResult }>): Markup {
  const withFive = rows.some(({ result }) => result.top5 !== undefined);
  return htmlTable(
    'All test images',
    [
      { head: 'network' },
      { head: 'images', number: true },
      { head: 'top-1, %', number: true },
      ...(withFive ? [{ head: 'top-5, %', number: true }] : []),
      { head: 'loss', number: true },
      { head: 'images per second', number: true },
    ],
    rows.map(({ name, result }) => [
      name,
      count(result.images),
      result.top1.toFixed(2),
      ...(withFive ? [result.top5?.toFixed(2) ?? '–'] : []),
      result.loss?.toFixed(4) ?? '–',
      count(Math.round(result.imagesPerSecond)),
    ]),
  );
}

function verifyTable({ tensors, samples, tolerance, blocks }: VerifyResult): Markup {
  const judged = blocks ? `, of one block ${scientific(blocks.maxRel)}` : '';
  return htmlTable(
    `ACNet and fused on the same ${counted(samples, 'input')}, float32${judged}; allowed ${scientific(tolerance)}`,
    [
      { head: 'tensor' },
      { head: 'max |a − b|', number: true },
      { head: 'max |a − b| ÷ max |a|', number: true },
    ],
    tensors.map(({ name, maxAbs, maxRel }) => [
      html`<code>${name}</code>`,
      scientific(maxAbs),
      scientific(maxRel),
    ]),
  );
}

/** The network that the run started from. */
export function networkSection({ network }: ReportData): Markup {
  const facts: [string, string][] = [
    ['format', `${network.formatLabel}, ${bytes(network.size)}`],
    ['input, output', `${network.inputs.join(', ')} → ${network.outputs.join(', ')}`],
    ['parameters', count(network.parameters)],
    ['multiply–accumulates', macs(network.macs)],
  ];
  return html`<section aria-label="Network">
    <h2>Network</h2>
    ${definitions(facts)} ${siteTable(network)}
  </section>`;
}

function siteTable({ sites }: InspectResult): Markup {
  return htmlTable(
    'Convolutions',
    [
      { head: 'site' },
      { head: 'kernel' },
      { head: 'in', number: true },
      { head: 'out', number: true },
      { head: 'stride' },
      { head: 'MACs', number: true },
      { head: 'batch norm' },
      { head: 'verdict' },
    ],
    sites.map((site) => [
      html`<code>${site.name}</code>`,
      pair(site.kernel),
      String(site.inChannels),
      String(site.outChannels),
      pair(site.stride),
      macs(site.macs),
      site.batchNorm,
      site.eligible ? 'eligible' : (site.reason ?? 'not eligible'),
    ]),
  );
}

/** Machine, libraries, and the way to the same numbers. */
export function environmentSection({ environment, commands }: ReportData): Markup {
  const facts = environment.map(({ label, value }): [string, string] => [label, value]);
  return html`<section aria-label="Environment">
    <h2>Environment</h2>
    ${definitions(facts)}
    <h3>The same by hand</h3>
    <pre tabindex="0" role="region" aria-label="Commands">${commands.map((line) => html`${line} `)}</pre>
  </section>`;
}

function definitions(rows: ReadonlyArray<readonly [string, string]>): Markup {
  return html`<dl class="facts">
    ${rows.map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
