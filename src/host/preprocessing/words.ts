import { z } from 'zod';
import type { Preprocessing } from '../../contract/calls';
import { RESIZES } from '../../shared/choices';
import type { ValueShapeResult } from '../../contract/results';

const numbers = z.array(z.number()).max(64).readonly().optional();

/** How images are made ready, as far as somebody has said it. */
export interface Said extends Preprocessing {
  /** Side of the square images, in pixels. */
  readonly size?: number | undefined;
}

/** The same as it is remembered. */
export const said: z.core.$ZodType<Said> = z.strictObject({
  size: z.int().positive().optional(),
  resize: z.enum(RESIZES).optional(),
  scale: z.number().positive().optional(),
  mean: numbers,
  std: numbers,
});

/** What torchvision and most published networks of ImageNet use, for pixels from 0 to 1. */
export const IMAGENET: Said = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Largest side that can be typed. */
const MAX_SIZE = 8192;

/** A side in pixels; undefined for other text. */
export function parseSize(text: string): number | undefined {
  const size = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  return size >= 1 && size <= MAX_SIZE ? size : undefined;
}

/** One number, or one per channel, with commas or spaces between; undefined for other text. */
export function parseNumbers(text: string, channels: number, isAllowed: (value: number) => boolean) {
  const numbers = text
    .trim()
    .split(/\s*[,;\s]\s*/)
    .map((part) => (part === '' ? NaN : Number(part)));
  const fits = numbers.length === 1 || numbers.length === channels;
  return fits && numbers.every((value) => Number.isFinite(value) && isAllowed(value)) ? numbers : undefined;
}

/** As in `size 224, × 1/255, mean 0.5, std 0.25`; empty where nothing is set. */
export function describeSaid({ size, resize, scale, mean, std }: Said): string {
  const factor = scale === 1 / 255 ? '1/255' : `${scale}`;
  return [
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(resize === undefined ? [] : [`resize ${resize}`]),
    ...(scale === undefined ? [] : [`× ${factor}`]),
    ...(mean === undefined ? [] : [`mean ${mean.join(', ')}`]),
    ...(std === undefined ? [] : [`std ${std.join(', ')}`]),
  ].join(', ');
}

/** What a choice and a job come to: a scale that was chosen comes with its own mean and std. How images are resized only a job says. */
export function joinSaid(chosen: Said | undefined, job: Said | undefined): Said {
  if (chosen?.scale === undefined) return { ...job, ...chosen };
  return {
    ...(job?.size !== undefined && { size: job.size }),
    ...(job?.resize !== undefined && { resize: job.resize }),
    ...chosen,
  };
}

/** Of an input's shape, [N, height, width, channels]: whether its size is open, and its channels. */
export function inputFacts(
  shape: ValueShapeResult,
): { readonly isOpen: boolean; readonly channels: number } | undefined {
  const [, height, width, channels, ...more] = shape ?? [];
  if (typeof channels !== 'number' || more.length > 0) return undefined;
  return { isOpen: height === null || width === null, channels };
}
