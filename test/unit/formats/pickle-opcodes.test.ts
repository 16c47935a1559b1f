import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/core/errors';
import { readPickle } from '../../../src/core/encodings/pickle/read';
import { PyTuple, type PyValue } from '../../../src/core/encodings/pickle/values';
import { memorySource } from '../../../src/core/encodings/region';
import { littleEndian, pickle, repeated, text } from '../../support/pickles';

function read(bytes: Uint8Array): PyValue {
  return readPickle(memorySource('test.pkl', bytes), 0, 'pickle').value;
}

/** One opcode as Python's own description of the language has it. */
interface Opcode {
  readonly name: string;
  readonly code: number;
  /** The kind of its operand, if it has one. */
  readonly operand: string | null;
  /** Kinds of what it takes from the stack, the topmost last. */
  readonly takes: readonly string[];
  readonly gives: readonly string[];
}

const LIST_OPCODES = `
import json, pickletools
print(json.dumps([dict(name=o.name, code=ord(o.code), operand=o.arg and o.arg.name,
    takes=[k.name for k in o.stack_before], gives=[k.name for k in o.stack_after]) for o in pickletools.opcodes]))`;

const opcodes = JSON.parse(execFileSync('python3', ['-c', LIST_OPCODES], { encoding: 'utf8' })) as Opcode[];

/** An operand of each kind that is as good as any. */
const OPERANDS: Readonly<Record<string, string>> = {
  uint1: '\x02',
  uint2: '\x02\x00',
  int4: '\x02\x00\x00\x00',
  uint4: '\x02\x00\x00\x00',
  uint8: '\x02\x00\x00\x00\x00\x00\x00\x00',
  decimalnl_short: '2\n',
  decimalnl_long: '2L\n',
  floatnl: '0.5\n',
  float8: '?\xe0\x00\x00\x00\x00\x00\x00',
  stringnl: "'ab'\n",
  stringnl_noescape: 'ab\n',
  stringnl_noescape_pair: 'ab\ncd\n',
  unicodestringnl: 'ab\n',
  string1: '\x02ab',
  string4: '\x02\x00\x00\x00ab',
  bytes1: '\x02ab',
  bytes4: '\x02\x00\x00\x00ab',
  bytes8: '\x02\x00\x00\x00\x00\x00\x00\x00ab',
  bytearray8: '\x02\x00\x00\x00\x00\x00\x00\x00ab',
  unicodestring1: '\x02ab',
  unicodestring4: '\x02\x00\x00\x00ab',
  unicodestring8: '\x02\x00\x00\x00\x00\x00\x00\x00ab',
  long1: '\x02ab',
  long4: '\x02\x00\x00\x00ab',
};

/** What puts a value of each kind on the stack. */
const VALUES: Readonly<Record<string, string>> = {
  any: 'ca\nb\n',
  mark: '(',
  stackslice: 'NN',
  list: ']',
  dict: '}',
  set: '\x8f',
  tuple: ')',
  str: 'U\x01a',
};

const withOperand = ({ code, operand }: Opcode): Uint8Array =>
  pickle([code], operand === null ? '' : OPERANDS[operand]);
/** Everything an opcode takes, and itself. Memo 2 is kept, for those that recall it. */
const satisfied = (opcode: Opcode, takes = opcode.takes): Uint8Array =>
  pickle('Nq\x02', ...takes.map((kind, place) => valueOf(opcode, kind, place)), withOperand(opcode));
/** STACK_GLOBAL takes two names; `pickletools` has them as texts in some versions of Python and as anything in others. */
const valueOf = ({ name }: Opcode, kind: string, place: number): string => {
  if (name === 'STACK_GLOBAL') return VALUES.str;
  // The arguments, which `pickletools` describes as anything.
  return /^(REDUCE|NEWOBJ)/.test(name) && place === 1 ? VALUES.tuple : VALUES[kind];
};

const named = (list: readonly Opcode[]): ReadonlyArray<readonly [string, Opcode]> =>
  list.map((opcode) => [opcode.name, opcode] as const);
/** Of buffers that are handed over beside the pickle: a file has none. */
const OUT_OF_BAND = ['NEXT_BUFFER', 'READONLY_BUFFER'];
const ordinary = opcodes.filter(({ name }) => !['STOP', 'MARK', ...OUT_OF_BAND].includes(name));

describe("each opcode of Python's own list", () => {
  beforeAll(() => expect(opcodes.length).toBeGreaterThan(65));

  it.each(named(ordinary))('%s is read where it has what it takes', (_, opcode) => {
    expect(() => read(pickle(satisfied(opcode), 'N.'))).not.toThrow();
  });

  it.each(named(ordinary.filter(({ takes }) => takes.length > 0)))(
    '%s is refused on an empty stack',
    (_, opcode) => {
      expect(() => read(pickle(withOperand(opcode), '.'))).toThrow(CheckpointError);
      expect(() => read(pickle(withOperand(opcode), '.'))).toThrow('empty stack');
    },
  );

  it.each(named(ordinary.filter(({ takes }) => takes.includes('mark'))))(
    '%s is refused without its mark',
    (_, opcode) => {
      const takes = opcode.takes.filter((kind) => kind !== 'mark');
      expect(() => read(pickle(satisfied(opcode, takes), '.'))).toThrow('empty stack');
    },
  );

  it.each(named(ordinary.filter(({ operand }) => operand !== null)))(
    '%s is refused with half its operand',
    (_, opcode) => {
      const whole = pickle(...opcode.takes.map((kind) => VALUES[kind]), withOperand(opcode));
      expect(() => read(whole.slice(0, -1))).toThrow(CheckpointError);
    },
  );

  it('is one of those that are read, and no other byte is', () => {
    const known = new Set(opcodes.filter(({ name }) => !OUT_OF_BAND.includes(name)).map(({ code }) => code));
    for (let code = 0; code < 256; code++) {
      if (!known.has(code)) expect(() => read(pickle('N', [code], 'N.'))).toThrow('this is not a pickle');
    }
  });
});

describe('a pickle that lies about lengths', () => {
  const cut = 'cut short';
  it.each<readonly [string, Uint8Array, string]>([
    ['LONG1 of more than there is', pickle('\x8a\xff\x01'), cut],
    ['LONG4 of two gibibytes', pickle('\x8b', littleEndian(2 ** 31 - 1, 4), '\x01.'), 'huge integer'],
    ['LONG4 of a negative length', pickle('\x8b\xff\xff\xff\xff\x01.'), 'huge integer'],
    ['LONG of two thousand digits and more', pickle('L', repeated(2001, '1'), 'L\n.'), 'malformed integer'],
    ['BINSTRING of a negative length', pickle('T\xff\xff\xff\xffa.'), cut],
    ['BINUNICODE of four gibibytes', pickle('X\xff\xff\xff\xffa.'), cut],
    ['BINBYTES of four gibibytes', pickle('B\xff\xff\xff\xffa.'), cut],
    ...['BINUNICODE8 \x8d', 'BINBYTES8 \x8e', 'BYTEARRAY8 \x96'].flatMap((named) => {
      const [name, code] = named.split(' ');
      const lengths = {
        'of 2^31 bytes': [0, 0, 0, 128, 0, 0, 0, 0],
        'of 2^53 + 1': [1, 0, 0, 0, 0, 0, 32, 0],
      };
      const rest = { 'of 2^63': [0, 0, 0, 0, 0, 0, 0, 128], 'of 2^64 − 1': new Array<number>(8).fill(255) };
      return Object.entries({ ...lengths, ...rest }).map(
        ([length, bytes]) => [`${name} ${length}`, pickle(code, bytes, 'a.'), cut] as const,
      );
    }),
  ])('%s is refused', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(CheckpointError);
    expect(() => read(bytes)).toThrow(message);
  });

  it('is refused before the length is allocated, however large the file is', () => {
    const reads: number[] = [];
    const head = pickle('X\xff\xff\xff\xff');
    const sparse = {
      path: 'test.pkl',
      size: 2 ** 40,
      read: (offset: number, length: number) => {
        reads.push(length);
        const bytes = new Uint8Array(length);
        bytes.set(head.subarray(offset, offset + length));
        return bytes;
      },
      close: () => undefined,
    };
    expect(() => readPickle(sparse, 0, 'pickle')).toThrow('cut short');
    expect(Math.max(...reads)).toBeLessThanOrEqual(64 * 1024);
  });

  it.each([
    ['longer than the pickle', [255, 255, 255, 255, 255, 255, 255, 127]],
    ['of nothing', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['that ends within a text', [3, 0, 0, 0, 0, 0, 0, 0]],
  ])('about a frame %s is read by its opcodes alone', (_, length) => {
    expect(read(pickle('\x80\x04\x95', length, text('text'), '\x94.'))).toBe('text');
  });
});

describe('the memo', () => {
  it.each([
    ['keeps what was put last', pickle('K\x01q\x000K\x02q\x000h\x00.'), 2n],
    ['is one whatever the opcode', pickle('K\x01p7\n0K\x02r\x07\x00\x00\x000g7\n.'), 2n],
    ['counts on from what it holds', pickle('K\x01q\x050K\x02\x940h\x01.'), 2n],
  ])('%s', (_, bytes, value) => {
    expect(read(bytes)).toBe(value);
    const answer = execFileSync(
      'python3',
      ['-c', 'import pickle,sys; print(pickle.loads(sys.stdin.buffer.read()))'],
      {
        input: bytes,
        encoding: 'utf8',
      },
    );
    expect(answer.trim()).toBe(String(value));
  });

  it('takes a place of any number without making room for those before', () => {
    expect(read(pickle('(Nr\xff\xff\xff\xffp999999999\ng999999999\nt.'))).toEqual(new PyTuple([null, null]));
    expect(() => read(pickle('Nr\xff\xff\xff\xff0j\xfe\xff\xff\xff.'))).toThrow('never kept');
    expect(() => read(pickle('p-1\n.'))).toThrow(CheckpointError);
  });
});
