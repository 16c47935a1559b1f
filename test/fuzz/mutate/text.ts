import { mutateBytes } from './bytes';
import { pick, type Mutation } from './mutation';

/** What tables go wrong with: separators, quotes, ends of lines, paths, numbers, characters that are not letters. */
const PIECES = [
  ...[',', ';', '\t', '"', '""', '\r', '\n', '\r\n', '\0', '\ufeff', '\u202e', ' ', ',,,,', '../', '/', '\\'],
  ...[
    '-1',
    '1e999',
    'NaN',
    '007',
    '9'.repeat(400),
    '__proto__',
    'train',
    'label',
    'a/1.png',
    'x'.repeat(5000),
  ],
];

/** Changes lines and fields of a text, or bytes. */
export const mutateText: Mutation = (bytes, random) => {
  if (random.below(4) === 0) return mutateBytes(bytes, random);
  // A letter for each byte, so that nothing is lost on the way there and back.
  const text = Buffer.from(bytes).toString('latin1');
  const at = random.below(text.length + 1);
  const until = random.below(3) === 0 ? Math.min(text.length, at + random.below(40)) : at;
  const piece = Buffer.from(pick(PIECES, random)).toString('latin1');
  const lines = text.split('\n');
  switch (random.below(5)) {
    case 0:
      lines.splice(random.below(lines.length), 1 + random.below(2));
      return bytesOf(lines.join('\n'));
    case 1:
      lines.splice(random.below(lines.length), 0, pick(lines, random));
      return bytesOf(lines.join('\n'));
    case 2: {
      const [from, to] = [pick([',', '\t', '"', '\r'], random), pick(PIECES, random)];
      return bytesOf(text.replaceAll(from, Buffer.from(to).toString('latin1')));
    }
    default:
      return bytesOf(text.slice(0, at) + piece.repeat(1 + random.below(3)) + text.slice(until));
  }
};

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
