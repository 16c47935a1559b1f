import { convertToAcnet } from '../core/acnet/convert';
import { chooseSites, findSites } from '../core/acnet/sites';
import type { Initialisation, Variant } from '../core/acnet/types';
import type { Checkpoint } from '../core/checkpoint';
import { UserError } from '../core/errors';
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
    const { variant, initialisation, seed = 0 } = options;
    const { chosen, skipped } = chooseSites(findSites(opened), options.layers);
    if (chosen.length === 0) throw nothingChosen(path, options.layers, skipped);
    const made = convertToAcnet(opened, { sites: chosen, variant, initialisation, seed });
    const checkpoint = await calibrated(made.checkpoint, made.fresh, options, context);
    const warnings = [...opened.warnings, ...made.warnings];
    return { checkpoint, result: { converted: made.converted, skipped, output, warnings } };
  });
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
