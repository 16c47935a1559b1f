import { convertToAcnet } from '../core/acnet/convert';
import { withInputSize } from '../core/acnet/input-size';
import { chooseSites, findSites } from '../core/acnet/sites';
import type { Initialisation, Site, Variant } from '../core/acnet/types';
import { convWindow, inputSizeOf, needsInputSize } from '../core/acnet/window';
import type { Checkpoint } from '../core/checkpoint';
import { UserError } from '../core/errors';
import type { Pair } from '../core/graph/padding';
import type { PreprocessingOptions } from '../engine/data/preprocessing';
import type { OperationContext } from './context';
import type { ConvertResult } from './results';
import { rewriteFile } from './rewrite';

export interface ConvertOptions extends PreprocessingOptions {
  readonly variant: Variant;
  readonly initialisation: Initialisation;
  /** Glob over site names, comma separated, or a list of exact names; every selected site when absent. */
  readonly layers?: string | readonly string[];
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
  /** Folder of images on which new batch norms are calibrated. */
  readonly data?: string;
  /** Of the new branches' random kernels; 0 when absent. */
  readonly seed?: number;
  /** γ of all three branches, with `random` alone; 1 when absent. */
  readonly gamma?: number;
  /** Size of images for which branches are aligned, where the network leaves it open. */
  readonly inputSize?: Pair;
}

/**
 * Swaps convolutions for ACBs and writes the result to `output`.
 * @throws UserError in one line; then nothing was written.
 */
export async function convertFile(
  path: string,
  output: string,
  options: ConvertOptions,
  context: OperationContext,
): Promise<ConvertResult> {
  return rewriteFile(path, output, options, context, async (opened) => {
    const { variant, initialisation, seed = 0, gamma, inputSize } = options;
    if (gamma !== undefined && initialisation !== 'random') {
      throw new UserError('γ can be chosen for a random start alone', {
        where: '--gamma',
        found: initialisation,
      });
    }
    const source = inputSize ? withInputSize(opened, inputSize) : opened;
    const { chosen, skipped } = chooseSites(findSites(source), options.layers);
    if (chosen.length === 0) throw nothingChosen(path, options.layers, skipped);
    const made = convertToAcnet(source, { sites: chosen, variant, initialisation, seed, gamma });
    const checkpoint = await calibrated(made.checkpoint, made.fresh, options, context);
    const warnings = [...opened.warnings, ...made.warnings, ...sizeWarnings(opened, chosen, inputSize)];
    return { checkpoint, result: { converted: made.converted, skipped, output, warnings } };
  });
}

/** Says so where the result holds for one size of images alone. */
export function sizeWarnings(
  { graph }: Checkpoint,
  chosen: readonly Site[],
  inputSize: Pair | undefined,
): string[] {
  const calls = chosen.flatMap((site) => site.calls);
  const isOpen = calls.some(
    (conv) => graph && needsInputSize(convWindow(conv), inputSizeOf(conv, graph.shapes)),
  );
  if (!inputSize || !isOpen) return [];
  const [height, width] = inputSize;
  return [
    `strided blocks are aligned for images of ${height} × ${width}; fuse with --input-size ${height},${width} too`,
  ];
}

/** Measures new batch norms over the data; without data they keep their placeholders until a training does it. */
async function calibrated(
  checkpoint: Checkpoint,
  fresh: readonly string[],
  options: ConvertOptions,
  context: OperationContext,
): Promise<Checkpoint> {
  if (options.data === undefined) return checkpoint;
  // Loaded when needed: converting without data must not cost the image decoders.
  const { openDataset } = await import('../engine/data');
  const { calibrateCheckpoint } = await import('./calibrate');
  return calibrateCheckpoint(checkpoint, fresh, openDataset(options.data), context, options);
}

function nothingChosen(
  path: string,
  layers: ConvertOptions['layers'],
  skipped: ReadonlyArray<{ name: string; reason: string }>,
): UserError {
  const first = skipped.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  return new UserError('no convolution of this network was converted', {
    path,
    where: layers === undefined ? undefined : `--layers ${String(layers)}`,
    found: first.join('; ') || 'no k×k convolution',
  });
}
