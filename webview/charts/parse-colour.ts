import { channel } from '../../src/shared/colour';
import type { Rgb } from '../../src/shared/colour';

/** Reads `#rgb`, `#rrggbb[aa]` and `rgb[a](…)` as VS Code writes them; the alpha is left out. */
export function parseColour(text: string): Rgb | undefined {
  const value = text.trim();
  const digits = /^#([0-9a-f]{3,8})$/i.exec(value)?.[1];
  if (digits !== undefined) return parseHex(digits);
  const numbers = /^rgba?\(([^)]*)\)$/i
    .exec(value)?.[1]
    ?.match(/[\d.]+/g)
    ?.map(Number);
  const [r, g, b] = numbers ?? [];
  if (r === undefined || g === undefined || b === undefined) return undefined;
  return [channel(r), channel(g), channel(b)];
}

function parseHex(digits: string): Rgb | undefined {
  const short = digits.length === 3 || digits.length === 4;
  if (!short && digits.length !== 6 && digits.length !== 8) return undefined;
  const width = short ? 1 : 2;
  const at = (index: number) => {
    const part = digits.slice(index * width, (index + 1) * width);
    return parseInt(short ? part + part : part, 16);
  };
  return [at(0), at(1), at(2)];
}
