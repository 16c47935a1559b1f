/** Pictures of every state of the page, compared with references pixel by pixel. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from 'fast-png';
import pixelmatch from 'pixelmatch';
import { LOOKS } from '../e2e/support/looks';
import { startPages, type Pages } from '../e2e/support/page';
import type { ThemeName } from '../e2e/support/themes';

export interface PictureOptions {
  /** Where the page was built. */
  readonly page: string;
  readonly references: string;
  /** Where the present pictures go, and for one that differs a picture of the differences. */
  readonly output: string;
  /** Takes the present pictures as the references. */
  readonly update: boolean;
  /** Parts of the names of the states to look at; all of them when empty. */
  readonly names: readonly string[];
}

export interface PictureResult {
  readonly name: string;
  readonly verdict: 'same' | 'differs' | 'no reference' | 'updated';
  /** Share of the pixels that differ, 0–1; absent where sizes differ or nothing was compared. */
  readonly share?: number;
}

interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Theme and width of the window in pixels. */
const VIEWS: ReadonlyArray<readonly [theme: ThemeName, width: number]> = [
  ['dark', 900],
  ['light', 900],
  ['hc', 900],
  ['dark', 300],
];

/** The edges of letters differ by that much from one Chromium to the next; a moved line differs by far more. */
const TOLERATED = { pixel: 0.15, share: 0.002 } as const;

/** Takes a picture of each state in each view and compares it. */
export async function comparePictures(options: PictureOptions): Promise<readonly PictureResult[]> {
  const { page, references, output, update, names } = options;
  for (const folder of [output, ...(update ? [references] : [])]) mkdirSync(folder, { recursive: true });
  const chosen = LOOKS.filter(([name]) => names.length === 0 || names.some((part) => name.includes(part)));
  const pages = await startPages(page);
  const results: PictureResult[] = [];
  try {
    for (const look of chosen) {
      for (const view of VIEWS) {
        const name = `${look[0]}-${view.join('-')}.png`;
        const picture = await takePicture(pages, look, view);
        writeFileSync(path.join(output, name), picture);
        if (update) writeFileSync(path.join(references, name), picture);
        results.push(update ? { name, verdict: 'updated' } : comparedWith(options, name, picture));
      }
    }
  } finally {
    await pages.close();
  }
  return results;
}

async function takePicture(
  pages: Pages,
  [, tab, state]: (typeof LOOKS)[number],
  [theme, width]: (typeof VIEWS)[number],
): Promise<Buffer> {
  const view = await pages.open({ theme, width, state });
  try {
    await view.page.emulateMedia({ reducedMotion: 'reduce' });
    await view.page.getByRole('tab', { name: tab }).click();
    await view.page.getByRole('tab', { name: tab, selected: true }).waitFor();
    await view.page.waitForTimeout(200);
    return await view.page.screenshot({ fullPage: true, animations: 'disabled', caret: 'hide' });
  } finally {
    await view.close();
  }
}

function comparedWith({ references, output }: PictureOptions, name: string, picture: Buffer): PictureResult {
  const reference = path.join(references, name);
  if (!existsSync(reference)) return { name, verdict: 'no reference' };
  const [before, after] = [readFileSync(reference), picture].map(rgba);
  if (before.width !== after.width || before.height !== after.height) return { name, verdict: 'differs' };
  const { width, height } = before;
  const difference = new Uint8Array(width * height * 4);
  const options = { threshold: TOLERATED.pixel };
  const share = pixelmatch(before.data, after.data, difference, width, height, options) / (width * height);
  if (share <= TOLERATED.share) return { name, verdict: 'same', share };
  writeFileSync(
    path.join(output, name.replace(/\.png$/, '.difference.png')),
    encode({ width, height, data: difference, channels: 4, depth: 8 }),
  );
  return { name, verdict: 'differs', share };
}

/** A browser's picture as RGBA: it leaves out a channel that says nothing. */
function rgba(png: Uint8Array): Image {
  const { width, height, data, channels } = decode(png);
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) pixels[4 * i + c] = data[channels * i + c];
  }
  return { width, height, data: pixels };
}
