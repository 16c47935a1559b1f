import path from 'node:path';
import { drawWeights, SCRATCH_LAW } from '../core/acnet/scratch';
import type { Format } from '../core/checkpoint';
import { UserError } from '../core/errors';
import { exportCheckpoint } from '../core/formats/export';
import { pytorch } from '../core/formats/pytorch/pytorch';
import { FORMATS, formatForPath } from '../core/formats/registry';
import type { NewResult } from '../contract/operations/new';
import { PARAMETERS } from '../core/networks';
import { requireLayout } from './export';
import { inspectCheckpoint } from './inspect';
import { breathe, type OperationContext } from './kit/context';
import { graphOf } from './kit/network';
import { refuseOutput } from './kit/rewrite';
import { writeTold } from './kit/write';
import type { Layout } from '../shared/choices';
import type { NewNetwork } from '../shared/networks';

/** What a new network is made for, and how it is written. */
export interface NewOptions {
  /** 10 when absent. */
  readonly classes?: number;
  /** Channels of the images; 3 when absent. */
  readonly channels?: number;
  /** Of the weights; 0 when absent. */
  readonly seed?: number;
  /** How images come in of an ONNX model; N × H × W × C when absent. */
  readonly layout?: Layout;
  /** Allows the output to exist. */
  readonly overwrite?: boolean;
}

/** Formats that a new network can be written in. */
const WRITABLE = FORMATS.filter(({ create, createWeights }) => create ?? createWeights);

/**
 * Writes an untrained network in the format that the output's name says; PyTorch's with a Python module that loads it.
 * @throws UserError in one line; then nothing was written.
 */
export async function newFile(
  network: NewNetwork,
  output: string,
  { classes = 10, channels = 3, seed = 0, layout, overwrite }: NewOptions,
  context: OperationContext,
): Promise<NewResult> {
  const format = requireWritable(output, layout);
  refuseOutput(undefined, output, { overwrite });
  // As PyTorch names and shapes them, whatever it is written as: the reader of such files makes its network.
  const create = format.createWeights ?? pytorch.createWeights;
  const weights = create?.(PARAMETERS[network]({ classes, channels }), output);
  if (!weights) throw new Error('no format of weights by name can be made new');
  graphOf(weights, 'made');
  const { checkpoint } = drawWeights(weights, seed);
  const name = path.basename(output, path.extname(output));
  const made = format.createWeights
    ? checkpoint
    : exportCheckpoint(checkpoint, { format: format.id, name, layout });
  await breathe(context);
  const beside = await writeTold(made, output, { overwrite }, context);
  const module = beside.find((name) => name.endsWith('.py'));
  return {
    output,
    formatLabel: format.label,
    parameters: inspectCheckpoint(checkpoint).parameters,
    law: SCRATCH_LAW,
    seed,
    ...(module !== undefined && { module: path.join(path.dirname(output), module) }),
  };
}

function requireWritable(output: string, layout: Layout | undefined): Format {
  const format = formatForPath(output);
  if (!format || !WRITABLE.includes(format)) {
    throw new UserError('a new network cannot be written to a file of this name', {
      path: output,
      found: path.extname(output) || 'no extension',
      expected: WRITABLE.flatMap(({ extensions }) => extensions).join(', '),
    });
  }
  requireLayout(format, layout, output);
  return format;
}
