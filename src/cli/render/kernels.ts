import type { KernelsResult, KernelSizeResult, LayerKernelResult } from '../../contract/results';
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
  return parts.join('\n\n');
}

function renderSize(
  size: string,
  { layers, raw, fused, nullModel, suggestedNull }: KernelSizeResult,
): string {
  const untrained = nullModel[suggestedNull];
  const title = `${size.replace('x', '×')} kernels of ${counted(layers, 'layer')}: |weight| by position, in shares of each layer's largest position (mean of the layers)`;
  const blocks: Block[] = [
    { head: 'raw', lines: matrixLines(raw, magnitude) },
    { head: 'fused', lines: matrixLines(fused, magnitude) },
    { head: `untrained (${suggestedNull})`, lines: matrixLines(untrained, magnitude) },
    {
      head: 'fused − untrained',
      lines: matrixLines(difference(fused, untrained), (value) => signed(value, 3)),
    },
  ];
  return `${title}\n\n${sideBySide(blocks)}`;
}

/** A layer beside untrained kernels of its own size: of few weights, much of what its matrix shows is chance. */
function renderLayer(
  { name, kernel, raw, fused, nullModel }: LayerKernelResult,
  result: KernelsResult,
): string {
  const lines = (matrix: Matrix) => matrixLines(matrix, magnitude);
  const suggested = result.sizes[kernel.join('x')].suggestedNull;
  const untrained = nullModel[suggested];
  return `${name}\n\n${sideBySide([
    { head: 'raw', lines: lines(raw) },
    { head: 'fused', lines: lines(fused) },
    { head: `untrained (${suggested})`, lines: lines(untrained) },
    {
      head: 'fused − untrained',
      lines: matrixLines(difference(fused, untrained), (value) => signed(value, 3)),
    },
  ])}`;
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
