import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/core/errors';
import { readPickle } from '../../../src/core/encodings/pickle/read';
import {
  PyDict,
  PyGlobal,
  PyList,
  PyObject,
  PySet,
  PyTuple,
  textEntries,
  type PyValue,
} from '../../../src/core/encodings/pickle/values';
import { writePickle } from '../../../src/core/encodings/pickle/write';
import { memorySource } from '../../../src/core/encodings/region';
import { littleEndian, pickle, text } from '../../support/pickles';

function read(bytes: Uint8Array): PyValue {
  return readPickle(memorySource('test.pkl', bytes), 0, 'pickle').value;
}

/** Pickles what a Python expression gives, with Python's own pickler. */
function python(expression: string, protocol: number): Uint8Array {
  const script = `import pickle, sys, collections\nsys.stdout.buffer.write(pickle.dumps(${expression}, ${protocol}))`;
  return new Uint8Array(execFileSync('python3', ['-c', script]));
}

describe('a pickle', () => {
  it.each([0, 1, 2, 3, 4, 5])('of protocol %i is read as Python wrote it', (protocol) => {
    const value = read(
      python(
        "{'int': -5, 'big': 2**70, 'float': 0.5, 'none': None, 'yes': True, 'text': 'Größe\\n', 'bytes': b'\\x00\\xff', 'list': [1, [2]], 'tuple': (1, 2, 3, 4), 'set': {7}}",
        protocol,
      ),
    );
    const entries = textEntries(value);
    const get = (name: string): PyValue | undefined => entries?.get(name);
    expect([get('int'), get('big'), get('float'), get('none'), get('yes')]).toEqual([
      -5n,
      2n ** 70n,
      0.5,
      null,
      true,
    ]);
    expect(get('text')).toBe('Größe\n');
    if (protocol > 2) expect(get('bytes')).toEqual(Uint8Array.of(0, 255));
    else expect(get('bytes')).toMatchObject({ args: ['\u0000ÿ', 'latin1'] });
    expect(get('tuple')).toEqual(new PyTuple([1n, 2n, 3n, 4n]));
    expect(get('list')).toMatchObject({ items: [1n, { items: [2n] }] });
    const set = get('set');
    expect(set instanceof PySet ? set.items : (set as PyObject).args[0]).toMatchObject(
      protocol > 3 ? [7n] : { items: [7n] },
    );
  });

  it('of an object is a recipe that is never carried out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'acnet-pickle-'));
    const trace = join(folder, 'trace');
    const value = read(pickle('cposix\nsystem\n(', text(`touch ${trace}`), 'tR.'));
    expect(value).toBeInstanceOf(PyObject);
    expect((value as PyObject).type).toBe('posix.system');
    const nested = read(
      pickle('cbuiltins\neval\n(cbuiltins\ncompile\n(', text('1/0'), text('x'), text('eval'), 'tRtR.'),
    );
    expect((nested as PyObject).type).toBe('builtins.eval');
    expect(existsSync(trace)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  it('may hold itself', () => {
    const list = read(pickle(']q\x00h\x00a.'));
    expect(list).toBeInstanceOf(PyList);
    expect((list as PyList).items[0]).toBe(list);
    expect(read(writePickle(list))).toMatchObject({ items: [expect.any(PyList)] });
  });

  it.each([
    ['empty', pickle(), 'cut short'],
    ['without end', pickle('N'), 'found 0 of 1 bytes)'],
    ['with an empty stack', pickle('.'), 'empty stack'],
    ['that pops from nothing', pickle('0.'), 'empty stack'],
    ['of a tuple of nothing', pickle('\x86.'), 'empty stack'],
    ['that recalls nothing', pickle('h\x05.'), 'never kept'],
    ['with an unknown opcode', pickle('\xfe.'), 'not a pickle'],
    ['of protocol 9', pickle('\x80\x09N.'), 'unknown protocol'],
    ['with a huge text', pickle('X', littleEndian(0xffffffff, 4), 'abc'), 'cut short'],
    ['with a huge frame of text', pickle('\x8d', littleEndian(2 ** 50, 8), 'abc'), 'cut short'],
    ['with a huge integer', pickle('\x8b', littleEndian(2 ** 30, 4), 'abc'), 'huge integer'],
    ['with digits without end', pickle('L', '9'.repeat(5000), 'L\n.'), 'malformed integer'],
    ['that appends to a number', pickle('K\x01K\x02a.'), 'where it cannot be'],
    ['that sets half an entry', pickle('}(K\x01u.'), 'where it cannot be'],
    ['that calls with a list', pickle('cos\nsystem\n]R.'), 'where it cannot be'],
    ['that names a class by numbers', pickle('K\x01K\x02\x93.'), 'not text'],
    ['with a line without end', pickle('c', 'x'.repeat(20_000)), 'too long'],
  ])('%s is refused in one line', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(CheckpointError);
    expect(() => read(bytes)).toThrow(message);
  });

  it('of endlessly many operations ends at a limit', () => {
    const bomb = new Uint8Array(5_000_000).fill(0x4e);
    expect(() => read(bomb)).toThrow('too many operations');
  });

  it('that doubles what it holds again and again stays small', () => {
    // 100 tuples, each of the one before twice: 2^100 elements if anybody counted them.
    const value = read(pickle(')', '2\x86'.repeat(100), '.'));
    const written = writePickle(value);
    expect(written.length).toBeLessThan(2000);
    expect(read(written)).toBeInstanceOf(PyTuple);
  });

  it('nested without end is read, and refused when it is to be written', () => {
    const deep = read(pickle(')', '\x85'.repeat(200_000), '.'));
    expect(deep).toBeInstanceOf(PyTuple);
    expect(() => writePickle(deep)).toThrow('nested too deeply');
  });

  it('cut anywhere gives one clear error', () => {
    const whole = python("{'a': [1, 2.5, ('x', b'yz')], 'b': collections.OrderedDict(c=None)}", 2);
    for (let length = 0; length < whole.length; length++) {
      expect(() => read(whole.slice(0, length))).toThrow(CheckpointError);
    }
    expect(read(whole)).toBeInstanceOf(PyDict);
  });

  it('of any bytes is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          read(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is read by Python as it was written here', () => {
    const dict = new PyDict();
    const shared = new PyTuple([1n, -1n, 300n, 2n ** 40n, -(2n ** 33n)]);
    dict.entries.push(['first', shared], ['second', shared], ['float', -0.1], ['text', 'Größe']);
    dict.entries.push(['bytes', Uint8Array.of(0, 200)], ['set', new PySet([3n], false)], ['no', false]);
    dict.entries.push(['ordered', new PyObject(new PyGlobal('collections', 'OrderedDict'), [])]);
    const script = `import pickle, sys
v = pickle.loads(sys.stdin.buffer.read())
assert v['first'] is v['second'], v
assert v == {'first': (1, -1, 300, 2**40, -2**33), 'second': v['first'], 'float': -0.1, 'text': 'Größe',
             'bytes': b'\\x00\\xc8', 'set': {3}, 'no': False, 'ordered': {}}, v
print('agreed')`;
    const answer = execFileSync('python3', ['-c', script], { input: writePickle(dict), encoding: 'utf8' });
    expect(answer.trim()).toBe('agreed');
  });
});
