import path from 'node:path';
import type { Format } from '../core/checkpoint';
import { UserError } from '../core/errors';
import { EXPORT_FORMATS, exportCheckpoint } from '../core/formats/export';
import { formatForPath } from '../core/formats/registry';
import { refuseInput } from '../files/inputs';
import { openCheckpointFile, type OpenOptions } from '../files/open';
import { breathe, type OperationContext } from './kit/context';
import type { ExportResult } from '../contract/results';
import { graphOf } from './kit/network';
import { refuseOutput } from './kit/rewrite';
import { writeTold } from './kit/write';
import type { Layout } from '../shared/choices';

/** The options of an export. */
export interface ExportFileOptions extends OpenOptions {
  /** How images come in and go out of an ONNX model; N × H × W × C when absent. */
  readonly layout?: Layout;
  /** Allows the output to exist. The source is never written. */
  readonly overwrite?: boolean;
}

/**
 * Writes a checkpoint's network in the format that the output's name says.
 * @throws UserError in one line; then nothing was written.
 */
export async function exportFile(
  source: string,
  output: string,
  { layout, overwrite, architecture }: ExportFileOptions,
  context: OperationContext,
): Promise<ExportResult> {
  const format = formatForPath(output);
  if (!format?.create) {
    throw new UserError('a network cannot be exported to a file of this name', {
      path: output,
      found: path.extname(output) || 'no extension',
      expected: EXPORT_FORMATS.flatMap(({ extensions }) => extensions).join(', '),
    });
  }
  requireLayout(format, layout, output);
  refuseOutput(source, output, { overwrite, architecture });
  const opened = await openCheckpointFile(source, { architecture });
  try {
    refuseInput(output, { paths: [source], files: opened.files });
    graphOf(opened, 'exported');
    const name = path.basename(output, path.extname(output));
    const made = exportCheckpoint(opened, { format: format.id, name, layout });
    await breathe(context);
    await writeTold(made, output, { overwrite }, context);
    return { output, formatLabel: format.label, warnings: opened.warnings };
  } finally {
    opened.close();
  }
}

/** @throws UserError if a layout of images is asked of a format that has one only */
export function requireLayout({ id, label }: Format, layout: Layout | undefined, output: string): void {
  if (!layout || id === 'onnx') return;
  throw new UserError('the layout of images can only be chosen for ONNX', { path: output, found: label });
}
