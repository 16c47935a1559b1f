import { afterAll, describe, expect, it } from 'vitest';
import { BoundedExaminer, OPENED_OR_REFUSED } from '../../support/bounded';
import { nested } from '../../support/pickle-attacks';
import { dictPickle, littleEndian, pickle, repeated, tensorPickle, text } from '../../support/pickles';
import { torchLegacy, torchZip } from '../../support/torch-files';

/** Most memory of the process that reads: Node with this product's code takes a tenth, four million values the rest. */
const MEMORY = 1024 * 1024 * 1024;

const examiner = new BoundedExaminer();
afterAll(() => examiner.close());

const weight = tensorPickle('0', { shape: [2, 1, 3, 3], count: 18 });
const storages = { 0: Float32Array.from({ length: 18 }, (_, i) => i / 8) };

describe('a pickle that would take all time or memory', () => {
  const dict = (rest: Uint8Array): Uint8Array => dictPickle({ weight, rest });
  const integer = (value: number): Uint8Array => pickle('J', littleEndian(value, 4));
  /** A dict of as many different names (of six letters) for the same value. */
  const named = (count: number, item: string): Uint8Array => {
    const entries = Array.from({ length: count }, (_, i) => `U\x06${i.toString(36).padStart(6, '0')}${item}`);
    return pickle('}(', entries.join(''), 'u');
  };
  /** Very many empty values as a tuple, kept as memo 1. */
  const wide = pickle('(', repeated(300_000, 'N'), 'tq\x010');
  const module = (parts: Readonly<Record<string, Uint8Array>>): Uint8Array =>
    pickle('c__main__\nNet\n)\x81', dictPickle(parts), 'b');
  const none = dictPickle({});
  const ones = new Array<number>(20_000).fill(1);
  const inOneAnother = (level: (below: Uint8Array) => Uint8Array, levels: number): Uint8Array => {
    let value = pickle('Nq\x05');
    for (let i = 0; i < levels; i++) value = pickle(level(value), 'q\x05');
    return value;
  };

  const BOMBS: ReadonlyArray<readonly [name: string, value: () => Uint8Array]> = [
    ['tuples that hold the one before twice', () => pickle(')', repeated(100_000, '2\x86'))],
    ['lists that hold the one before twice', () => pickle(']', repeated(100_000, 'q\x010]h\x01ah\x01a'))],
    [
      'dicts that hold the one before twice',
      () => inOneAnother((below) => pickle(below, '0}', text('a'), 'h\x05s', text('b'), 'h\x05s'), 60),
    ],
    [
      'modules that hold the one before twice',
      () =>
        inOneAnother(
          (below) =>
            pickle(
              ...[below, '0', 'c__main__\nNet\n)\x81}(', text('_parameters'), '}', text('_buffers'), '}'],
              ...[text('_modules'), '}(', text('a'), 'h\x05', text('b'), 'h\x05uub'],
            ),
          60,
        ),
    ],
    ['a dict that holds itself', () => pickle('}q\x01', text('a'), 'h\x01s')],
    ['a list that holds itself again and again', () => pickle(']q\x01(', repeated(100_000, 'h\x01'), 'e')],
    ['lists in one another, a million deep', () => nested(']', 'a', 1_000_000)],
    ['tuples in one another', () => pickle(')', repeated(100_000, '\x85'))],
    ['dicts in one another', () => pickle(repeated(100_000, '}K\x01'), 'N', repeated(100_000, 's'))],
    ['states in one another', () => pickle(repeated(100_000, 'ca\nb\n)R'), repeated(99_999, 'b'))],
    ['calls in one another', () => pickle('ca\nb\n', repeated(100_000, ')R'))],
    ['marks on marks', () => repeated(1_000_000, '(')],
    ['objects that share a large tuple', () => pickle(wide, '(', repeated(300_000, 'ca\nb\nh\x01R'), 't')],
    [
      'calls with names that share a large tuple',
      () => pickle(wide, '(', repeated(300_000, 'ca\nb\nh\x01}\x92'), 't'),
    ],
    [
      'ordered dicts that share a large list',
      () =>
        pickle(
          '](',
          repeated(100_000, 'N'),
          'e\x85q\x010',
          '}(',
          named(100_000, 'ccollections\nOrderedDict\nh\x01R').slice(2),
        ),
    ],
    [
      'a dict of many names of one large dict',
      () => pickle(named(100_000, 'N'), 'q\x010', named(100_000, 'h\x01')),
    ],
    [
      'modules that share what many names mean',
      () =>
        pickle(
          ...[named(100_000, 'N'), 'q\x010', 'c__main__\nNet\n)\x81}(', text('_parameters'), 'h\x01'],
          ...[text('_buffers'), 'h\x01', text('_modules'), '}ub', 'q\x020'],
          module({ _parameters: none, _buffers: none, _modules: named(50_000, 'h\x02') }),
        ),
    ],
    [
      'a module of many hidden buffers',
      () =>
        module({
          _parameters: dictPickle({ weight }),
          _buffers: named(200_000, 'N'),
          _modules: none,
          _non_persistent_buffers_set: pickle('\x8f(', repeated(200_000, 'X\x01\x00\x00\x00a'), '\x90'),
        }),
    ],
    [
      'modules that share a long stride',
      () =>
        pickle(
          ...[
            '(',
            repeated(300_000, 'K\x01'),
            'tq\x010',
            'c__main__\nNet\n)\x81}(',
            text('_parameters'),
            '}',
          ],
          ...[text('_buffers'), '}', text('stride'), 'h\x01', text('_modules'), '}ub', 'q\x020'],
          module({ _parameters: none, _buffers: none, _modules: named(50_000, 'h\x02') }),
        ),
    ],
    ['very many tensors', () => tensors(20_000)],
    [
      'a name of a megabyte',
      () => dictPickle({ ['a.'.repeat(500_000)]: weight, ['conv'.repeat(250_000)]: weight }),
    ],
    ['more operations than there may be', () => repeated(5_000_000, 'N')],
    ['very many dicts', () => repeated(1_000_000, '}')],
    ['very many keys that are numbers', () => pickle('}(', repeated(200_000, 'K\x01N'), 'u')],
    ['a tensor of very many axes', () => tensorPickle('0', { shape: ones, strides: ones, count: 18 })],
    ['a memo at the highest place', () => pickle('Nr\xff\xff\xff\xff', 'p999999999\n')],
    ['a memo of very many places', () => pickle('N', repeated(1_100_000, '\x94'))],
    [
      'one long integer after another',
      () => pickle('(', repeated(20_000, '\x8a\xff', repeated(255, '\x7f')), 't'),
    ],
    ['a shape of long integers', () => dict(pickle('(', integer(7), 'L', '9'.repeat(1999), 'L\nt'))],
  ];

  function tensors(count: number): Uint8Array {
    const recipe = pickle(weight, 'q\x010');
    return pickle(recipe, named(count, 'h\x01'));
  }

  it.each(BOMBS)('by %s ends soon, and small', async (_, value) => {
    for (const write of [torchZip, torchLegacy]) {
      const result = await examiner.examine(write(value(), storages));
      expect(result).toMatchObject(OPENED_OR_REFUSED);
      expect(result.peak).toBeLessThan(MEMORY);
    }
  });

  it('by an entry of the archive that unpacks to gigabytes ends soon, and small', async () => {
    const [name, size] = ['net/data.pkl', 2 ** 31 - 1];
    const packed = new Uint8Array(2_200_000);
    const result = await examiner.examine(deflatedEntry(name, packed, size));
    expect(result).toMatchObject({
      outcome: 'refused',
      message: expect.stringContaining('too large') as string,
    });
    expect(result.peak).toBeLessThan(MEMORY);
  });
});

/** An archive of one deflated entry that says it unpacks to so many bytes. Layout: PKWARE's APPNOTE, 4.3. */
function deflatedEntry(name: string, packed: Uint8Array, size: number): Uint8Array {
  const method = [20, 0, 0, 0, 8, 0];
  const sizes = pickle(
    ...[new Uint8Array(8), littleEndian(packed.length, 4), littleEndian(size, 4)],
    littleEndian(name.length, 2),
  );
  const local = pickle('PK\x03\x04', method, sizes, [0, 0], name, packed);
  const entry = pickle('PK\x01\x02', [20, 0], method, sizes, new Uint8Array(16), name);
  const places = pickle(littleEndian(entry.length, 4), littleEndian(local.length, 4), [0, 0]);
  return pickle(local, entry, 'PK\x05\x06', [0, 0, 0, 0, 1, 0, 1, 0], places);
}
