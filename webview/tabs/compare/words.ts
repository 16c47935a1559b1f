/** Names and numbers of a comparison in words. Pure. */
import type { ComparedFileResult, ComparedKernelResult } from '../../../src/contract/results';
import type { Format } from '../../../src/shared/format';
import { scientific } from '../../../src/shared/numbers';
import type { CompareMeasure } from './choices';
import type { CompareView } from './model';

/** The measures in the order of the choice, with the title of their axis. */
export const MEASURES: ReadonlyArray<{
  readonly value: CompareMeasure;
  readonly label: string;
  readonly axis: string;
}> = [
  { value: 'relative', label: 'Relative change', axis: 'relative change, ‖ΔW‖ ÷ ‖W‖' },
  { value: 'cosine', label: 'Cosine', axis: 'cosine of before and after' },
  { value: 'maxAbs', label: 'Max |Δ|', axis: 'largest change of a weight, max |Δ|' },
];

/** As on its button. */
export function measureLabel(measure: CompareMeasure): string {
  return MEASURES.find(({ value }) => value === measure)?.label ?? '';
}

/** Three decimals, of a cosine four; a tiny number with its exponent, nothing as a dash. */
export function measureText(measure: CompareMeasure, value: number | null, format: Format): string {
  if (value === null) return '–';
  if (measure === 'cosine') return format.fixed(value, 4);
  return value !== 0 && value < 0.0005 ? scientific(value) : format.fixed(value, 3);
}

const KINDS: Readonly<Record<ComparedFileResult['kind'], string>> = {
  plain: 'no ACB',
  acnet: 'ACNet',
  fused: 'fused',
  folded: 'batch norms folded',
};

/** What a file is, as the line of facts says it. */
export function kindWords({ kind }: ComparedFileResult): string {
  return KINDS[kind];
}

/** Why plain convolutions are compared without their batch norms. */
export const AS_STORED = 'one file does not say which batch norms belong to its kernels';

/** How two kernels were found to belong together. */
export function matchWords({ matchedBy, throughFused }: ComparedKernelResult): string {
  return throughFused ? `${matchedBy}, fused` : matchedBy;
}

/** The line below the two names: what each file is, how many kernels belong together and how they were found. */
export function comparisonFacts(
  { before, after, matched, onlyBefore, onlyAfter }: CompareView['result'],
  format: Format,
): string[] {
  const file = (word: string, of: ComparedFileResult) =>
    `${word}: ${kindWords(of)}, ${format.bytes(of.size)}`;
  const rules = (['name', 'spelling', 'order'] as const).flatMap((rule) => {
    const count = matched.filter(({ matchedBy }) => matchedBy === rule).length;
    return count > 0 ? [`${format.counted(count, 'kernel')} matched by ${rule}`] : [];
  });
  return [
    file('before', before),
    file('after', after),
    ...rules,
    `${format.count(onlyBefore.length)} only before`,
    `${format.count(onlyAfter.length)} only after`,
  ];
}
