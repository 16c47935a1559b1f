import path from 'node:path';

/** Names this product adds before the extension; a new one takes their place. */
const STAGES = /\.(acnet|fused)(-\d+)?$/;
/** The same for JSON, where a dot would make it the name of a job file. */
const JSON_STAGES = /-(acnet|fused)(-\d+)?$/;

/**
 * A name for a result beside its source: `model.keras` → `model.acnet.keras`, `model.acnet.keras` →
 * `model.fused.keras`, `model.json` → `model-acnet.json`; numbered where that exists.
 * @returns `free` exists not; `taken` is the unnumbered name when it exists and is not the source itself
 */
export function suggestOutput(
  source: string,
  suffix: string,
  exists: (file: string) => boolean,
): { readonly free: string; readonly taken?: string } {
  const extension = path.extname(source);
  const json = extension.toLowerCase() === '.json';
  const stem = path.basename(source, extension).replace(json ? JSON_STAGES : STAGES, '');
  const mark = json ? '-' : '.';
  const named = (number: number): string =>
    path.join(path.dirname(source), `${stem}${mark}${suffix}${number > 1 ? `-${number}` : ''}${extension}`);
  let number = 1;
  while (exists(named(number)) || named(number) === source) number++;
  const first = named(1);
  return { free: named(number), ...(number > 1 && first !== source && { taken: first }) };
}

/** How an exported network's file is named. */
export interface ExportForm {
  /** As in `.onnx`. */
  readonly extension: string;
  /** Whether the model is several files, which get a folder of their own. */
  readonly folder?: boolean;
}

/**
 * A name for a network in another format, beside its source: `mnist.acnet.keras` → `mnist.acnet.onnx`, of several files
 * `mnist.acnet-tfjs/model.json`; numbered where that exists. Answers as `suggestOutput` does.
 */
export function suggestExport(
  source: string,
  { extension, folder }: ExportForm,
  exists: (file: string) => boolean,
): { readonly free: string; readonly taken?: string } {
  const stem = path.basename(source, path.extname(source));
  const named = (number: number): string => {
    const name = `${stem}${folder ? '-tfjs' : ''}${number > 1 ? `-${number}` : ''}`;
    const file = folder ? path.join(name, `model${extension}`) : `${name}${extension}`;
    return path.join(path.dirname(source), file);
  };
  let number = 1;
  while (exists(named(number)) || named(number) === source) number++;
  const first = named(1);
  return { free: named(number), ...(number > 1 && first !== source && { taken: first }) };
}
