import { mutateBytes, concat } from './bytes';
import { pick, type Mutation } from './mutation';

/** Opcodes that build, call, look up or take much. Source: Lib/pickletools.py of CPython. */
const OPCODES = [
  ...'().0122FIJKLMNPQRSTUVXabcdeghijlopqrstuBCR}]\x80\x81\x82\x84\x85\x86\x87\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95',
];

/** Pickled calls of things that must stay words. */
const ATTACKS = [
  'cos\nsystem\n(X\x04\x00\x00\x00idleltR0',
  'c__builtin__\neval\n(U\x031+1tR0',
  '\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R0',
];

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Changes opcodes of a pickle, repeats parts of it, or puts a hostile call in. */
export const mutatePickle: Mutation = (bytes, random) => {
  const choice = random.below(6);
  if (choice <= 1) return mutateBytes(bytes, random);
  const at = random.below(bytes.length);
  if (choice === 2) return concat([bytes.subarray(0, 2), bytesOf(pick(ATTACKS, random)), bytes.subarray(2)]);
  if (choice === 3) {
    const code = bytesOf(pick(OPCODES, random));
    const many = concat(Array.from({ length: 1 + random.below(2000) }, () => code));
    return concat([bytes.subarray(0, at), many, bytes.subarray(at)]);
  }
  const copy = bytes.slice();
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    copy[random.below(copy.length)] = bytesOf(pick(OPCODES, random))[0];
  }
  return copy;
};
