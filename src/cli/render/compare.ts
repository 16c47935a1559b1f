import { comparisonReading, layerChanges } from '../../shared/compare-reading';
import { createFormat } from '../../shared/format';
import { bytes, count, counted, difference, matrixLines, signed } from '../../shared/numbers';
import type {
  CompareKernelsResult,
  ComparedFileResult,
  ComparedSizeResult,
  UnmatchedKernelResult,
} from '../../contract/results';
import { sideBySide, type Block } from './kernels';
import { facts, table } from './table';
import type { Matrix } from '../../shared/matrix';

type Weights = 'raw' | 'fused';

const KINDS: Readonly<Record<ComparedFileResult['kind'], string>> = {
  plain: 'no ACBs',
  acnet: 'with ACBs',
  fused: 'fused',
  folded: 'batch norms folded',
};

const HOW: Readonly<Record<Weights, string>> = { raw: 'as stored', fused: 'batch norms and branches fused' };

/** Names in a list that is not a table. */
const SHOWN_NAMES = 8;

/** The kernels of two checkpoints beside each other, for a terminal. */
export function renderCompare(result: CompareKernelsResult, weights: Weights): string {
  const file = ({ path, formatLabel, size, kind }: ComparedFileResult): string =>
    `${path} (${formatLabel}, ${bytes(size)}, ${KINDS[kind]})`;
  const head = [
    facts([
      ['before', file(result.before)],
      ['after', file(result.after)],
    ]),
    matches(result, weights),
  ];
  if (isUnchanged(result, weights)) return [...head, 'No kernel changed.'].join('\n\n');
  const parts = [
    ...head,
    ...Object.entries(result.sizes).map(([size, value]) => renderSize(size, value, result, weights)),
    changes(result, weights),
    ...lists(result),
  ];
  return parts.filter(Boolean).join('\n\n');
}

/** Averages of equal kernels would only show what is compared with them. */
function isUnchanged({ matched, onlyBefore, onlyAfter }: CompareKernelsResult, weights: Weights): boolean {
  if (matched.length === 0 || onlyBefore.length + onlyAfter.length > 0) return false;
  return matched.every((kernel) => kernel[weights].identical && !(kernel.throughFused && weights === 'raw'));
}

function matches(result: CompareKernelsResult, weights: Weights): string {
  const { matched, onlyBefore, onlyAfter, asStored } = result;
  const rules = (['name', 'spelling', 'order'] as const)
    .map((rule) => [matched.filter(({ matchedBy }) => matchedBy === rule).length, rule] as const)
    .filter(([number]) => number > 0)
    .map(([number, rule]) => `${count(number)} by ${rule}`);
  const same = matched.filter((kernel) => kernel[weights].identical).length;
  const through = matched.filter(({ throughFused }) => throughFused).length;
  const note =
    through > 0
      ? `; ${count(through)} of them an ACB against a plain convolution, compared through its fused kernel`
      : '';
  return (
    `${counted(matched.length, 'kernel')} matched (${rules.join(', ')}), ${count(same)} identical${note}; ` +
    `${count(onlyBefore.length)} only before, ${count(onlyAfter.length)} only after` +
    (asStored
      ? '\none file does not say which batch norms belong to its kernels: convolutions are compared as stored, without them'
      : '')
  );
}

function renderSize(
  size: string,
  compared: ComparedSizeResult,
  { matched, asStored }: CompareKernelsResult,
  weights: Weights,
): string {
  const { before, after, fusing } = compared;
  const how = asStored ? 'as stored' : HOW[weights];
  const layers =
    before.layers === after.layers
      ? counted(before.layers, 'layer')
      : `${before.layers} and ${after.layers} layers`;
  const title = `${size.replace('x', '×')} kernels of ${layers}: |weight| by position, in shares of each layer's largest position (mean of the layers), ${how}`;
  const plain = (matrix: Matrix): string[] => matrixLines(matrix, (value) => value.toFixed(3));
  const change = (matrix: Matrix): string[] => matrixLines(matrix, (value) => signed(value, 3));
  const blocks: Block[] = [
    { head: 'before', lines: plain(before[weights]) },
    { head: 'after', lines: plain(after[weights]) },
    { head: 'after − before', lines: change(difference(after[weights], before[weights])) },
    ...(fusing
      ? [
          { head: 'effect of fusing', lines: change(fusing.alone) },
          { head: 'effect of training', lines: change(fusing.remainder[weights]) },
        ]
      : []),
  ];
  return `${title}\n\n${sideBySide(blocks)}\n\n${reading(compared, layerChanges(matched, size, weights), weights)}`;
}

/** A sentence a line. */
function reading(
  { before, after, fusing }: ComparedSizeResult,
  layers: readonly Matrix[],
  weights: Weights,
): string {
  const parts = comparisonReading(
    {
      nulls: { before: before.suggestedNull, after: after.suggestedNull },
      total: difference(after[weights], before[weights]),
      layers,
      ...(fusing && { fusing: { alone: fusing.alone, remainder: fusing.remainder[weights] } }),
    },
    createFormat('en'),
  );
  return `${parts.before}${parts.claim}${parts.after}`.replaceAll('. ', '.\n');
}

function changes({ matched }: CompareKernelsResult, weights: Weights): string {
  const changed = matched.filter((kernel) => !kernel[weights].identical);
  if (changed.length === 0) return matched.length === 0 ? '' : 'No kernel that both files have changed.';
  const size = (relative: number | null): number => relative ?? Infinity;
  changed.sort((a, b) => size(b[weights].relative) - size(a[weights].relative));
  const right = (head: string) => ({ head, align: 'right' as const });
  return table(
    [
      { head: 'kernel, largest change first' },
      { head: 'shape' },
      { head: 'matched by' },
      right('‖ΔW‖ / ‖W‖'),
      right('cosine'),
      right('max |Δ|'),
    ],
    changed.map(({ name, nameAfter, shape, matchedBy, [weights]: { relative, cosine, maxAbs } }) => [
      name === nameAfter ? name : `${name} → ${nameAfter}`,
      shape.join('×'),
      matchedBy,
      number(relative),
      cosine === null ? '–' : cosineText(cosine),
      number(maxAbs),
    ]),
  );
}

/** With the true minus sign. */
function cosineText(value: number): string {
  return value.toFixed(4).replace('-', '−');
}

/** Four significant digits; a tiny number with its exponent. */
function number(value: number | null): string {
  if (value === null) return '–';
  return value !== 0 && value < 1e-3 ? value.toExponential(1) : value.toFixed(4);
}

function lists({ onlyBefore, onlyAfter }: CompareKernelsResult): string[] {
  return [list('only before', onlyBefore), list('only after', onlyAfter)].filter(Boolean);
}

function list(head: string, kernels: readonly UnmatchedKernelResult[]): string {
  if (kernels.length === 0) return '';
  const shown = kernels
    .slice(0, SHOWN_NAMES)
    .map(({ name, shape, reason }) => [name, shape.join('×'), reason ?? '']);
  const more = kernels.length - shown.length;
  const lines = table([{ head }, { head: 'shape' }, { head: 'why' }], shown);
  return more > 0 ? `${lines}\n… and ${count(more)} more (--json lists all)` : lines;
}
