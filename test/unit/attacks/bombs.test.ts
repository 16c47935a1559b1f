import { beforeAll, describe, expect, it } from 'vitest';
import {
  deflatedEntry,
  gzipZeros,
  joinedZip,
  packedChunk,
  pngOf,
  repeatedScan,
  zipOfDeflated,
  zipOfZeros,
} from '../../support/bombs';
import { expectWithinReach, useExaminer, type Answer, type Files } from '../../support/examiner';
import { jpegEncoder } from '../../support/jpeg-folder';
import { chunk, greyPng, makeIdx } from '../../support/pictures';

const MEBIBYTE = 1024 * 1024;

const examined = useExaminer();

const classFolder = (image: Uint8Array, extension = 'png'): Files => ({
  [`a/0.${extension}`]: image,
  'b/0.png': greyPng(7),
});

let black: (side: number, progressive: boolean) => Uint8Array;
beforeAll(async () => {
  const [baseline, progressive] = [
    await jpegEncoder({ quality: 20 }),
    await jpegEncoder({ quality: 20, baseline: false, progressive: true }),
  ];
  black = (side, isProgressive) =>
    (isProgressive ? progressive : baseline)(new Uint8Array(side * side * 4).fill(255), side);
});

/** A segment without length, and in the bytes after it what would be the length of one that hides the true header. */
function hiddenFrame(jpeg: Uint8Array): Uint8Array {
  const bytes = Buffer.from(jpeg);
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  const hidden = Buffer.alloc(0xffc0 - 2 - (bytes[frame + 2] * 256 + bytes[frame + 3] + 2));
  hidden.fill(0xff);
  const small = Buffer.from(bytes.subarray(frame, frame + 2 + bytes.readUInt16BE(frame + 2)));
  small.writeUInt16BE(8, 5);
  small.writeUInt16BE(8, 7);
  return Buffer.concat([
    bytes.subarray(0, frame),
    Buffer.from([0xff, 0x01]),
    bytes.subarray(frame, frame + small.length),
    hidden,
    small,
    bytes.subarray(frame + small.length),
  ]);
}

const PALETTE = chunk('PLTE', Buffer.alloc(768));

/** Each image, its name in errors, and what becomes of it. */
const IMAGES: ReadonlyArray<readonly [string, () => Uint8Array, RegExp]> = [
  ['pixels of 600 MB for 8 × 8', () => pngOf({}, { mebibytes: 600 }), /holds more than its header says/],
  [
    'the same, interlaced',
    () => pngOf({ interlaced: true }, { mebibytes: 600 }),
    /holds more than its header says/,
  ],
  ['the same, of 16 bits', () => pngOf({ depth: 16 }, { mebibytes: 600 }), /holds more than its header says/],
  [
    'the same, with a palette',
    () => pngOf({ colour: 3 }, { mebibytes: 600, before: [PALETTE] }),
    /holds more than its header says/,
  ],
  ['a profile of 1 GB', () => pngOf({}, { before: [packedChunk('iCCP', 1000)] }), /^taken$/],
  ['a text of 1 GB', () => pngOf({}, { before: [packedChunk('zTXt', 1000)] }), /^taken$/],
  ['a text of 1 GB in any language', () => pngOf({}, { before: [packedChunk('iTXt', 1000)] }), /^taken$/],
  ['frames of an animation', () => pngOf({}, { before: animation() }), /^taken$/],
  [
    'a palette of 20 million colours',
    () => pngOf({ colour: 3 }, { before: [chunk('PLTE', Buffer.alloc(60_000_000))] }),
    /the palette is too large/,
  ],
  [
    'a second header',
    () =>
      pngOf({}, { before: [pngOf({ width: 20_000, height: 20_000, depth: 16, colour: 6 }).subarray(8, 33)] }),
    /^taken$/,
  ],
  [
    'black of 10,000 × 10,000',
    () => pngOf({ width: 10_000, height: 10_000 }, { mebibytes: 287 }),
    /more memory than its file is worth/,
  ],
];

function animation(): Buffer[] {
  const control = Buffer.alloc(26);
  control.writeUInt32BE(8, 4);
  control.writeUInt32BE(8, 8);
  const frame = packedChunk('zTXt', 600).subarray(8 + 9, -4);
  return [chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])), chunk('fcTL', control), chunk('fdAT', frame)];
}

describe('images that would take all memory', () => {
  let base: Answer;
  beforeAll(() => {
    base = examined('data', classFolder(pngOf({})));
    expect(base.outcome).toBe('taken');
  });

  it.each(IMAGES)('a PNG with %s', (_, image, outcome) => {
    const answer = examined('data', classFolder(image()));
    expect(answer.outcome).toMatch(outcome);
    expectWithinReach(answer, base);
  });

  it.each([
    ['interlaced', { interlaced: true }, []],
    ['of 16 bits with transparency', { depth: 16, colour: 6 }, []],
    ['of one bit', { depth: 1, colour: 0 }, []],
    ['with a palette', { colour: 3 }, [PALETTE]],
    ['of 7 megapixels', { width: 2800, height: 2500 }, []],
    ['of 5 megapixels, interlaced', { width: 2500, height: 2000, interlaced: true }, []],
  ] as const)('a PNG %s is taken', (_, facts, before) => {
    const answer = examined('data', classFolder(pngOf(facts, { before })));
    expect(answer.outcome).toBe('taken');
    expectWithinReach(answer, base);
  });

  const JPEGS: ReadonlyArray<readonly [string, () => Uint8Array, RegExp]> = [
    [
      '1,000 scans',
      () => repeatedScan(black(64, true), 1000),
      /over its picture too often \(expected .*; found 10\d\d scans/,
    ],
    ['black of 8,000 × 8,000', () => black(8000, false), /more memory than its file is worth/],
    ['black of 8,000 × 8,000, progressive', () => black(8000, true), /more memory than its file is worth/],
    ['a header behind another', () => hiddenFrame(black(6000, false)), /more memory than its file is worth/],
    [
      'a hundred segments of 64 KiB',
      () => {
        const jpeg = Buffer.from(black(64, false));
        const segment = Buffer.concat([Buffer.from([0xff, 0xe3, 0xff, 0xff]), Buffer.alloc(0xfffd, 0xd8)]);
        return Buffer.concat([
          jpeg.subarray(0, 2),
          ...new Array<Buffer>(100).fill(segment),
          jpeg.subarray(2),
        ]);
      },
      /^taken$/,
    ],
    ['a progressive picture', () => black(640, true), /^taken$/],
    ['11 megapixels', () => black(3300, false), /^taken$/],
    ['11 megapixels, progressive', () => black(3300, true), /^taken$/],
  ];
  it.each(JPEGS)('a JPEG with %s', (_, image, outcome) => {
    const answer = examined('data', classFolder(image(), 'jpg'));
    expect(answer.outcome).toMatch(outcome);
    expectWithinReach(answer, base);
  });
});

describe('data sets that would take all memory', () => {
  let base: Answer;
  const labels = makeIdx([4], [0, 1, 0, 1]);
  const images = makeIdx([4, 8, 8], new Uint8Array(256));
  beforeAll(() => {
    base = examined('data', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels });
    expect(base.outcome).toBe('taken');
  });

  const headOf = (...shape: number[]): Buffer => makeIdx(shape, []);
  const npy = (descr: string, shape: readonly number[]): Buffer => {
    const text =
      `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
    return Buffer.concat([
      Buffer.from('\x93NUMPY\x01\0', 'latin1'),
      Buffer.from([118, 0]),
      Buffer.from(text),
    ]);
  };
  const SETS: ReadonlyArray<readonly [string, () => Files, string, RegExp]> = [
    [
      'images of 1.5 GB from 1.5 MB, gzip',
      () => ({
        'train-images-idx3-ubyte.gz': gzipZeros({ head: headOf(1500, 1024, 1024), mebibytes: 1500 }),
        'train-labels-idx1-ubyte': makeIdx([1500], new Uint8Array(1500)),
      }),
      '',
      /too large when unpacked/,
    ],
    [
      'a header of 4 images before 1.5 GB, gzip',
      () => ({
        'train-images-idx3-ubyte.gz': gzipZeros({ head: headOf(4, 8, 8), mebibytes: 1500 }),
        'train-labels-idx1-ubyte': labels,
      }),
      '',
      /cannot be unpacked \(found more values than its header says\)/,
    ],
    [
      'labels of 1.5 GB, gzip',
      () => ({
        'train-images-idx3-ubyte': images,
        'train-labels-idx1-ubyte.gz': gzipZeros({ head: headOf(1500 * MEBIBYTE), mebibytes: 1500 }),
      }),
      '',
      /too large when unpacked/,
    ],
    [
      'an array of 1.5 GB',
      () => ({ 'x.npz': npzOf(npy('|u1', [1500, 1024, 1024]), 1500, npy('|u1', [1500]), 1500) }),
      'x.npz',
      /too large when unpacked/,
    ],
    [
      'labels of 500 MB in an array',
      () => ({ 'x.npz': npzOf(npy('|u1', [1, 1024, 1024]), 1, npy('|u1', [500 * MEBIBYTE]), 0, 500) }),
      'x.npz',
      /too large when unpacked/,
    ],
    [
      'a table of one line with 100 million fields',
      () => ({ 'x.csv': Buffer.concat([Buffer.from('image,label\n'), Buffer.alloc(100_000_000, ',')]) }),
      'x.csv',
      /a line has too many fields/,
    ],
  ];
  function npzOf(head: Buffer, mebibytes: number, labelHead: Buffer, count: number, more = 0): Buffer {
    const zeros = zipOfZeros('x.npy', { head, mebibytes });
    if (more > 0) return joinedZip(zeros, zipOfZeros('y.npy', { head: labelHead, mebibytes: more }));
    const entry = deflatedEntry('y.npy', Buffer.concat([labelHead, Buffer.alloc(count)]));
    return joinedZip(zeros, zipOfDeflated([entry]));
  }
  it.each(SETS)('%s', (_, files, main, outcome) => {
    const answer = examined('data', files(), main);
    expect(answer.outcome).toMatch(outcome);
    expectWithinReach(answer, base);
  });

  it('what is packed as closely, and is less, is taken', () => {
    const answer = examined('data', {
      'train-images-idx3-ubyte.gz': gzipZeros({ head: headOf(64, 1024, 1024), mebibytes: 64 }),
      'train-labels-idx1-ubyte.gz': gzipZeros({ head: headOf(MEBIBYTE), mebibytes: 1 }),
    });
    expect(answer.outcome).toMatch(/not equally many/);
    expectWithinReach(answer, base);
    const npz = npzOf(npy('|u1', [64, 1024, 1024]), 64, npy('|u1', [64]), 64);
    const taken = examined('data', { 'x.npz': npz }, 'x.npz');
    expect(taken.outcome).toBe('taken');
    expectWithinReach(taken, base);
  });
});
