import { concat, mutateBytes } from './bytes';
import { pick, putNumber, type Mutation } from './mutation';
import { mutateText } from './text';

/** Magic number, version and length of the header. */
const FIXED_BYTES = 10;

const DTYPES = ['|u1', '<i8', '>f4', '<f8', '|O', '|b1', '<U7', '|S3', '<c16', '|V4', '<f2', '=i4', '<i3'];
const SIZES = [
  '0',
  '1',
  '-1',
  '2',
  '1000000',
  '4294967296',
  '9007199254740993',
  '9'.repeat(40),
  '1, 1, 1, 1, 1',
  '',
];

/** Changes the header of a NumPy array and writes its length anew, or changes bytes. */
export const mutateNpy: Mutation = (bytes, random) => {
  const choice = random.below(6);
  if (choice === 0 || bytes.length < FIXED_BYTES) return mutateBytes(bytes, random);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = Math.min(FIXED_BYTES + view.getUint16(8, true), bytes.length);
  const header = bytes.slice(FIXED_BYTES, end);
  const changed = choice <= 2 ? mutateText(header, random) : withOther(header, random);
  const fixed = bytes.slice(0, FIXED_BYTES);
  new DataView(fixed.buffer).setUint16(8, changed.length, true);
  if (choice === 5 && random.below(4) === 0) putNumber(fixed, 6 + random.below(4), random);
  return concat([fixed, changed, bytes.subarray(end)]);
};

/** Another type, order or size where the header has one. */
const withOther: Mutation = (header, random) => {
  const text = Buffer.from(header).toString('latin1');
  const other = pick(
    [
      () => text.replace(/'[<>|=][a-zA-Z]\d+'/, `'${pick(DTYPES, random)}'`),
      () => text.replace('False', pick(['True', '1', 'None', "'False'"], random)),
      () => text.replace(/\d+(?=[,)])/, pick(SIZES, random)),
      () => text.replace(/\([^)]*\)/, `(${pick(SIZES, random)},)`),
    ],
    random,
  )();
  return new Uint8Array(Buffer.from(other, 'latin1'));
};
