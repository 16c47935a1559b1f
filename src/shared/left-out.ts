import { counted } from './numbers';

/** Images that are named in a sentence. */
const SHOWN = 5;

/** An image that cannot be decoded, and why. */
interface LeftOut {
  readonly image: string;
  readonly reason: string;
}

/** What a job left out, in a sentence for log, terminal and report; undefined where that is nothing. */
export function leftOutWords(leftOut: readonly LeftOut[] = []): string | undefined {
  if (leftOut.length === 0) return undefined;
  const what = leftOut.length === 1 ? 'that cannot be decoded is' : 'that cannot be decoded are';
  return `${counted(leftOut.length, 'image')} ${what} left out: ${namesOfLeftOut(leftOut)}`;
}

/** As in `dark/1.png: the image … (…), … and 3 more`. */
export function namesOfLeftOut(images: readonly LeftOut[]): string {
  const more = images.length - SHOWN;
  const named = images.slice(0, SHOWN).map(({ image, reason }) => `${image}: ${reason}`);
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
