import { convertToAcnet, type Conversion } from '../../core/acnet/convert';
import { withInputSize } from '../../core/acnet/input-size';
import { withConvolutions } from '../../core/acnet/loose';
import { chooseSites, findSites } from '../../core/acnet/sites';
import type { Site } from '../../core/acnet/types';
import { drawWeights } from '../../core/acnet/scratch';
import {
  areLive,
  branchesFor,
  DEFAULT_SHARE,
  type Branches,
  type Origin,
  type Variant,
} from '../../shared/choices';
import { convWindow, inputSizeOf, needsInputSize } from '../../core/acnet/window';
import type { Checkpoint } from '../../core/checkpoint';
import { UserError } from '../../core/errors';
import type { Pair } from '../../core/graph/padding';
import type { PreprocessingOptions } from '../../engine/data/preprocessing';
import type { OpenOptions } from '../../files/open';
import type { OperationContext } from '../kit/context';
import type { ConvertResult } from '../../contract/results';
import { noConvolution } from '../kit/network';
import { withLiveBranches } from './live';
import { rewriteFile } from '../kit/rewrite';

/** The options of a conversion of a file. */
export interface ConvertOptions extends PreprocessingOptions, OpenOptions {
  readonly variant: Variant;
  /** What the network starts from; the checkpoint's weights when absent. */
  readonly start?: Origin;
  /** How new branches start; as `branchesFor` says when absent. */
  readonly branches?: Branches;
  /** Glob over site names, comma separated, or a list of exact names; every selected site when absent. */
  readonly layers?: string | readonly string[];
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
  /** Images on which new batch norms are calibrated. */
  readonly data?: string;
  /** Of the new branches' random kernels; 0 when absent. */
  readonly seed?: number;
  /** γ of all three branches, only with `paper`; 1 when absent. */
  readonly gamma?: number;
  /** How much the branches carry, only with `split` and `compensated`; `DEFAULT_SHARE` when absent. */
  readonly share?: number;
  /**
   * Where the network is unknown: takes the batch norm that follows a convolution by name into its block. Else it
   * stays where it is.
   */
  readonly assumeNorms?: boolean;
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
  return rewriteFile(path, output, options, context, async (file) => {
    const opened = withConvolutions(file, options.assumeNorms ?? false);
    refuseUnknownNetwork(file, options);
    const { variant, seed = 0, gamma, inputSize } = options;
    const branches = branchesOf(options);
    const drawn = options.start === 'scratch' ? drawWeights(opened, seed) : { checkpoint: opened, norms: [] };
    const source = inputSize ? withInputSize(drawn.checkpoint, inputSize) : drawn.checkpoint;
    const { chosen, skipped } = chooseSites(findSites(source), options.layers);
    if (chosen.length === 0) throw nothingChosen(opened, options.layers, skipped);
    const made = convertToAcnet(source, { sites: chosen, variant, branches, seed, gamma });
    const fresh = [...new Set([...made.fresh, ...drawn.norms])];
    const started = await startedOn({ ...made, fresh }, branches, options, context);
    const { checkpoint } = started;
    const warnings = [
      ...started.notes,
      ...opened.warnings,
      ...made.warnings,
      ...sizeWarnings(opened, chosen, inputSize),
    ];
    warnings.push(
      ...splitSeparables(chosen),
      ...outerNorms(file, chosen, options),
      ...(checkpoint.writer?.warnings?.(checkpoint) ?? []),
    );
    const hasGraph = file.graph !== undefined;
    return { checkpoint, result: { converted: made.converted, skipped, output, hasGraph, warnings } };
  });
}

/** How new branches start. @throws UserError on what does not go together. */
function branchesOf({ start = 'checkpoint', gamma, share, data, ...options }: ConvertOptions): Branches {
  const { branches = branchesFor(start) } = options;
  if (branches === 'paper' && start !== 'scratch') {
    throw new UserError(
      '--branches paper requires --start scratch: random branches at γ = 1 would spoil the trained weights; --branches zero keeps the output',
    );
  }
  if (gamma !== undefined && branches !== 'paper') {
    throw new UserError('--gamma requires --branches paper', { found: branches });
  }
  if (share !== undefined && !areLive(branches)) {
    throw new UserError('--share requires --branches split or compensated', { found: branches });
  }
  if (branches === 'compensated' && data === undefined) {
    throw new UserError(
      '--branches compensated requires --data with images, on which the outputs of the random branches are measured; --branches split needs none',
    );
  }
  return branches;
}

/** What needs the network, asked of a weights-only file. */
function refuseUnknownNetwork({ graph, path }: Checkpoint, { data, inputSize, start }: ConvertOptions): void {
  if (graph) return;
  if (start === 'scratch') {
    throw new UserError(
      'this file has weights but no network: it shows only the convolutions, and a start from scratch needs every layer',
      { path, found: '--start scratch' },
    );
  }
  if (data === undefined && inputSize === undefined) return;
  throw new UserError(
    'this file has weights but no network: it can be converted, but nothing run through it',
    {
      path,
      found: data === undefined ? '--input-size' : '--data',
    },
  );
}

/** Says which layers are two from here on: half of a separable convolution is another layer. */
function splitSeparables(chosen: readonly Site[]): string[] {
  const layers = chosen.flatMap(({ conv: { origin } }) =>
    origin?.part === 'depthwise' ? [origin.layer] : [],
  );
  if (layers.length === 0) return [];
  const names = layers.slice(0, 3).join(', ') + (layers.length > 3 ? ', …' : '');
  const one = layers.length === 1;
  const subject = one ? '1 separable convolution becomes' : `${layers.length} separable convolutions become`;
  return [
    `${subject} two layers (depthwise and 1×1) and ${one ? 'stays' : 'stay'} so after fusing, which gives the depthwise layer a bias: ${names}`,
  ];
}

/** Says so where a block is not the paper's: without the network nobody knows which batch norm is whose. */
function outerNorms(file: Checkpoint, chosen: readonly Site[], { assumeNorms }: ConvertOptions): string[] {
  if (file.graph || assumeNorms) return [];
  const named = new Set(
    findSites(withConvolutions(file, true)).flatMap(({ name, absorbs }) => (absorbs ? [name] : [])),
  );
  const outer = chosen.filter(({ name }) => named.has(name)).length;
  if (outer === 0) return [];
  const blocks = outer === 1 ? '1 block is' : `${outer} blocks are`;
  return [
    `${blocks} "ACB + outer BN", not the paper's block: a batch norm follows the convolution by name, but the file has no network to confirm it; --assume-bn pairs them`,
  ];
}

/** Says so where the result holds for only one size of images. */
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

/**
 * Measures new batch norms over the data; without data they keep their placeholders until a training does it. Live
 * branches come after the measurement.
 */
async function startedOn(
  { checkpoint, converted, fresh }: Pick<Conversion, 'checkpoint' | 'converted' | 'fresh'>,
  branches: Branches,
  options: ConvertOptions,
  context: OperationContext,
): Promise<{ readonly checkpoint: Checkpoint; readonly notes: readonly string[] }> {
  const { inputSize, share = DEFAULT_SHARE } = options;
  const live = areLive(branches) ? { branches, share, layers: converted, inputSize } : undefined;
  if (options.data === undefined) {
    return { checkpoint: live ? withLiveBranches(checkpoint, live).checkpoint : checkpoint, notes: [] };
  }
  // Loaded when needed: converting without data must not cost the image decoders.
  const { openImages } = await import('../../engine/data');
  const { calibrateCheckpoint } = await import('./calibrate');
  const images = { training: openImages(options.data, 'training') };
  const zero = await calibrateCheckpoint(checkpoint, fresh, images, context, options);
  if (!live) return { checkpoint: zero, notes: [] };
  const { startLive, TRAINED_BATCH } = await import('./live-start');
  const started = await startLive(zero, live, images, context, { ...options, batch: TRAINED_BATCH });
  return { checkpoint: started.checkpoint, notes: [started.note] };
}

function nothingChosen(
  checkpoint: Checkpoint,
  layers: ConvertOptions['layers'],
  skipped: ReadonlyArray<{ name: string; reason: string }>,
): UserError {
  const first = skipped.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  return new UserError('no convolution of this network was converted', {
    path: checkpoint.path,
    where: layers === undefined ? undefined : `--layers ${String(layers)}`,
    found: first.join('; ') || noConvolution(checkpoint),
  });
}
