import createEncoder from '@jsquash/jpeg/codec/enc/mozjpeg_enc.js';
import wasm from '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createRandom, type Random } from '../../src/core/random';

/** Of the encoder: as most cameras and libraries write, not progressive, colour at half the resolution. */
const OPTIONS = {
  quality: 90,
  baseline: true,
  arithmetic: false,
  progressive: false,
  optimize_coding: true,
  smoothing: 0,
  color_space: 3,
  quant_table: 0,
  trellis_multipass: false,
  trellis_opt_zero: false,
  trellis_opt_table: false,
  trellis_loops: 1,
  auto_subsample: true,
  chroma_subsample: 2,
  separate_chroma_quality: false,
  chroma_quality: 90,
};

/**
 * Writes class folders of colour JPEGs: waves of a few random directions and colours with some noise, so that files
 * have about the size of photographs' (1 kB for 32 × 32).
 */
export async function writeJpegFolder(
  folder: string,
  { count, classes, side }: { readonly count: number; readonly classes: number; readonly side: number },
): Promise<void> {
  const encode = await jpegEncoder();
  const random = createRandom(1);
  for (let label = 0; label < classes; label++)
    mkdirSync(path.join(folder, String(label)), { recursive: true });
  for (let i = 0; i < count; i++) {
    const name = `${String(i).padStart(6, '0')}.jpg`;
    writeFileSync(path.join(folder, String(i % classes), name), encode(waves(random, side), side));
  }
}

/** @param options other than those that most cameras write by */
export async function jpegEncoder(
  options: Partial<typeof OPTIONS> = {},
): Promise<(rgba: Uint8Array, side: number) => Uint8Array> {
  const module = new WebAssembly.Module(wasm);
  const encoder = await createEncoder({
    noInitialRun: true,
    instantiateWasm: (imports, done) => {
      const instance = new WebAssembly.Instance(module, imports);
      done(instance);
      return instance.exports;
    },
  });
  return (rgba, side) => {
    const bytes = encoder.encode(rgba, side, side, { ...OPTIONS, ...options });
    if (!bytes) throw new Error('the encoder gave nothing');
    return bytes;
  };
}

/** RGBA */
function waves(random: Random, side: number): Uint8Array {
  const drawn = Array.from({ length: 4 }, () => ({
    down: random.normal() * 0.3,
    right: random.normal() * 0.3,
    colour: [random.normal(), random.normal(), random.normal()].map((value) => 30 * value),
  }));
  const pixels = new Uint8Array(side * side * 4).fill(255);
  for (let at = 0; at < side * side; at++) {
    const noise = 6 * random.normal();
    for (let channel = 0; channel < 3; channel++) {
      const light = drawn.reduce((sum, { down, right, colour }) => {
        const phase = down * Math.floor(at / side) + right * (at % side);
        return sum + colour[channel] * Math.sin(phase);
      }, 128 + noise);
      pixels[at * 4 + channel] = Math.min(Math.max(Math.round(light), 0), 255);
    }
  }
  return pixels;
}
