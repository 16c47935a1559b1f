import { InvalidArgumentError, Option, type Command } from 'commander';
import { BACKENDS } from '../contract/backend-names';
import { RESIZES, type Resize } from '../shared/choices';

/** A whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least)) throw new InvalidArgumentError(`Expected a whole number of at least ${least}`);
    return value;
  };
}

/** A finite number; infinity and empty text are refused. */
function finiteNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('Expected a number');
  return value;
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = finiteNumber(text);
  if (value <= 0) throw new InvalidArgumentError('Expected a number above 0');
  return value;
}

/** A number above 0, or a fraction such as 1/3. */
export function positiveFraction(text: string): number {
  const parts = text.split('/').map(positiveNumber);
  if (parts.length > 2) throw new InvalidArgumentError('Expected a number or a fraction such as 1/3');
  return parts.length === 2 ? parts[0] / parts[1] : parts[0];
}

/** The same, up to 1. */
export function shareOfOne(text: string): number {
  const share = positiveFraction(text);
  if (share > 1) throw new InvalidArgumentError('Expected at most 1');
  return share;
}

/** Height and width with a comma between them. */
function sizePair(text: string): readonly [number, number] {
  const sizes = text.split(',').map((part) => wholeNumber(1)(part.trim()));
  if (sizes.length !== 2) throw new InvalidArgumentError('Expected height and width, as in 224,224');
  return [sizes[0], sizes[1]];
}

/** `--input-size`, on commands that look at how branches are aligned. */
export function withInputSize(command: Command): Command {
  return command.addOption(
    new Option(
      '--input-size <h,w>',
      'image size for which branches are aligned, if the network leaves it open',
    ).argParser(sizePair),
  );
}

/** `--architecture` and what gives a `Reading`, on commands that read a checkpoint. */
export function withArchitecture(command: Command): Command {
  command.addOption(
    new Option(
      '--equal-weights <which>',
      'ONNX models whose exporter wrote equal weights once: shared by the layers, or separate (default: as the file shows)',
    ).choices(['shared', 'separate']),
  );
  command.addOption(
    new Option(
      '--bn-epsilon <e>',
      'weights-only files: the ε of their batch norms, where the file does not store it (default: 1e-5)',
    ).argParser(positiveNumber),
  );
  return command.option(
    '--architecture <model.onnx>',
    'weights without network: the ONNX export that says how it is built (default: the one of the same name beside the file; none: no model)',
  );
}

/** What `--architecture` gives. */
export interface ArchitectureFlag {
  readonly architecture?: string;
}

/** Numbers with commas between them. */
function numberList(text: string): number[] {
  return text.split(',').map(finiteNumber);
}

/** Shares from 0 to 1 with commas between them. */
export function ratioList(text: string): number[] {
  const ratios = numberList(text);
  if (ratios.some((ratio) => ratio < 0 || ratio > 1)) {
    throw new InvalidArgumentError('Expected ratios from 0 to 1, as in 0,0.05,0.1');
  }
  return ratios;
}

/** Names out of a fixed set with commas between them. */
export function nameList<T extends string>(expected: readonly T[]): (text: string) => T[] {
  const find = (name: string): T => {
    const match = expected.find((candidate) => candidate === name.trim());
    if (!match) throw new InvalidArgumentError(`Expected ${expected.join(', ')}`);
    return match;
  };
  return (text) => text.split(',').map(find);
}

/** `--json`, on every command. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print the result as JSON: the last line of standard output, one line');
}

/** `--backend`, on commands that run networks. */
export function withBackend(command: Command): Command {
  const text = 'what runs the network (default: TensorFlow where it is found; or ACNET_BACKEND)';
  return command.addOption(new Option('--backend <name>', text).choices(BACKENDS));
}

/** `-o` and `--overwrite`, on commands that write a checkpoint. */
export function withOutput(command: Command): Command {
  return command
    .requiredOption('-o, --output <file>', 'where to write the new checkpoint (never the source itself)')
    .option('--force, --overwrite', 'replace the output if it exists');
}

/** `--limit`, on commands that look at labelled images. */
export function withLimit(command: Command): Command {
  return command.addOption(
    new Option('--limit <n>', 'look at this many images at most').argParser(wholeNumber(1)),
  );
}

/** The flags of every command that runs a network on images. */
export function withNetworkOnImages(command: Command): Command {
  return withBackend(withPreprocessing(withArchitecture(command)));
}

/** Options of a command that measures a network on images. */
export interface OnImagesFlags extends PreprocessingFlags, ArchitectureFlag {
  readonly data: string;
  readonly limit?: number;
  readonly json?: boolean;
}

/** How images become the network's input. */
export interface PreprocessingFlags {
  readonly size?: number;
  readonly resize?: Resize;
  readonly scale?: number;
  readonly mean?: number[];
  readonly std?: number[];
}

/**
 * Refuses flags that say something of images where no images are given: unused, they would look obeyed.
 * @param names as in `scale`
 */
export function imageFlagsNeedData(command: Command, names: readonly string[]): void {
  command.hook('preAction', (_, action) => {
    const flags = action.opts<Record<string, unknown>>();
    const unused = names.find((name) => flags[name] !== undefined);
    if (flags.data === undefined && unused !== undefined) {
      action.error(`error: option '--${unused}' is about images: it needs --data`);
    }
  });
}

/** The preprocessing flags, on commands that read images. */
export function withPreprocessing(command: Command): Command {
  return command
    .addOption(
      new Option('--size <n>', 'side of the square input, if the network leaves it open').argParser(
        wholeNumber(1),
      ),
    )
    .addOption(
      new Option(
        '--resize <how>',
        'how images come to the size of the input: each side by itself, or the centre, or smoothed as Pillow does (default: squash)',
      ).choices(RESIZES),
    )
    .addOption(
      new Option(
        '--scale <s>',
        'pixels 0–255 are multiplied by this (default: 1/255, or 1 where the network itself rescales them)',
      ).argParser(positiveNumber),
    )
    .addOption(
      new Option('--mean <a,b,c>', 'mean to subtract, per channel (default: 0)').argParser(numberList),
    )
    .addOption(
      new Option('--std <a,b,c>', 'standard deviation to divide by, per channel (default: 1)').argParser(
        numberList,
      ),
    );
}
