/** From a value to a colour: magnitudes on cividis, differences around zero. */
import { cividis, diverging } from '../../src/shared/colour';
import type { Palette, Rgb } from '../../src/shared/colour';
import type { Matrix } from '../../src/shared/matrix';

/** Values beyond its ends have the colour of the end. */
export interface Scale {
  readonly kind: 'magnitude' | 'difference';
  readonly min: number;
  readonly max: number;
  readonly colour: (value: number) => Rgb;
}

/** Fixed 0–1, so that pictures of different files can be compared. */
export function unitScale(): Scale {
  return magnitudeScale(0, 1);
}

/** The reader's choice: the range of what is shown. */
export function dataScale(matrices: readonly Matrix[]): Scale {
  const values = matrices.flat(2).filter(Number.isFinite);
  const min = Math.min(1, ...values);
  const max = Math.max(0, ...values);
  return max > min ? magnitudeScale(min, max) : magnitudeScale(0, 1);
}

function magnitudeScale(min: number, max: number): Scale {
  return { kind: 'magnitude', min, max, colour: (value) => cividis((value - min) / (max - min)) };
}

/** Symmetric around zero with a round end. */
export function differenceScale(matrices: readonly Matrix[], palette: Palette): Scale {
  const largest = Math.max(0, ...matrices.flat(2).filter(Number.isFinite).map(Math.abs));
  const max = roundUp(largest);
  return {
    kind: 'difference',
    min: -max,
    max,
    colour: (value) => diverging(value, max, palette),
  };
}

/** The next of 0.05, 0.1, 0.2, 0.5, 1, 2, 5, … */
export function roundUp(value: number): number {
  if (value <= 0.05) return 0.05;
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = [1, 2, 5, 10].find((factor) => value <= factor * decade * (1 + 1e-9)) ?? 10;
  return Number((step * decade).toPrecision(3));
}
