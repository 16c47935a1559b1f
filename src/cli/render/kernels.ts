import type { KernelsResult, KernelSizeResult, LayerKernelResult } from '../../contract/results';
import { withinChance } from '../../shared/chance';
import { counted, difference, matrixLines, signed } from '../../shared/numbers';
import { warnings } from './inspect';
import type { Matrix } from '../../shared/matrix';

const magnitude = (value: number) => value.toFixed(3);

/** Magnitude matrices beside their null model, for a terminal. */
export function renderKernels(path: string, result: KernelsResult, perLayer: boolean): string {
  const sizes = Object.entries(result.sizes);
  if (sizes.length === 0)
    return [path, ...warnings(['no k×k kernel in this file that can be read'])].join('\n');
  const parts = [path, ...sizes.map(([size, value]) => renderSize(size, value))];
  if (perLayer) parts.push(...result.layers.map((layer) => renderLayer(layer, result)));
  return [...parts, CHANCE].join('\n\n');
}

const CHANCE =
  'In parentheses: within chance. In 95 % of files with the same weights, permuted within each kernel slice, no position of any layer or average differs by more.';

function renderSize(size: string, result: KernelSizeResult): string {
  const title = `${size.replace('x', '×')} kernels of ${counted(result.layers, 'layer')}: |weight| by position, in shares of each layer's largest position (mean of the layers)`;
  return `${title}\n\n${compared(result, result.suggestedNull)}`;
}

/** A layer beside untrained kernels of its own size: of few weights, much of what its matrix shows is chance. */
function renderLayer(layer: LayerKernelResult, { sizes }: KernelsResult): string {
  return `${layer.name}\n\n${compared(layer, sizes[layer.kernel.join('x')].suggestedNull)}`;
}

function compared(
  { raw, fused, nullModel, chance }: Pick<KernelSizeResult, 'raw' | 'fused' | 'nullModel' | 'chance'>,
  suggested: KernelSizeResult['suggestedNull'],
): string {
  const untrained = nullModel[suggested];
  const { permuted, reach } = chance.fused;
  const block = (head: string, matrix: Matrix): Block => ({ head, lines: matrixLines(matrix, magnitude) });
  return sideBySide([
    block('raw', raw),
    block('fused', fused),
    block(`untrained (${suggested})`, untrained),
    block('permuted', permuted),
    { head: 'fused − untrained', lines: differenceLines(difference(fused, untrained), reach) },
  ]);
}

/** Signed, and in parentheses what is no more than chance gives. */
function differenceLines(values: Matrix, reach: Matrix): string[] {
  const within = withinChance(values, reach);
  return matrixLines(values, (value, row, column) => {
    const text = signed(value, 3);
    return within[row][column] ? `(${text})` : `${text} `;
  });
}

/** A matrix as lines under its head. */
export interface Block {
  readonly head: string;
  readonly lines: readonly string[];
}

/** Blocks from left to right. */
export function sideBySide(blocks: readonly Block[]): string {
  const widths = blocks.map(({ head, lines }) => Math.max(head.length, ...lines.map((line) => line.length)));
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('    ')
      .trimEnd();
  const height = Math.max(...blocks.map(({ lines }) => lines.length));
  const rows = Array.from({ length: height }, (_, i) => row(blocks.map(({ lines }) => lines[i] ?? '')));
  return [row(blocks.map(({ head }) => head)), ...rows].join('\n');
}
