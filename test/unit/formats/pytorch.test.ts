import { afterEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { CheckpointError } from '../../../src/core/errors';
import { writeCheckpoint } from '../../../src/core/formats/registry';
import { dictPickle, pickle, tensorPickle, text } from '../../support/pickles';
import { memorySink, openBytes, torchLegacy, torchZip, zipOf } from '../../support/torch-files';

const opened: Checkpoint[] = [];
afterEach(() => {
  for (const checkpoint of opened.splice(0)) checkpoint.close();
});

async function open(bytes: Uint8Array, path = 'net.pth'): Promise<Checkpoint> {
  const checkpoint = await openBytes(path, bytes);
  opened.push(checkpoint);
  return checkpoint;
}

function values(checkpoint: Checkpoint, name: string): number[] {
  return [...(checkpoint.tensors.get(name)?.readFloat32() ?? [])];
}

const counted = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i + 1);
const plain = tensorPickle('0', { shape: [2, 3], count: 6 });

describe('a PyTorch file', () => {
  it.each([
    ['zip', torchZip],
    ['legacy', torchLegacy],
  ])('in %s form gives its tensors', async (_, write) => {
    const checkpoint = await open(write(dictPickle({ 'fc.weight': plain }), { 0: counted(6) }));
    expect(checkpoint.format).toBe('pytorch');
    expect(checkpoint.graph).toBeUndefined();
    expect(checkpoint.tensors.get('fc.weight')?.shape).toEqual([2, 3]);
    expect(values(checkpoint, 'fc.weight')).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('may hold bytes and sets beside its tensors, which are none', async () => {
    const bytes = pickle('C', [3], 'abc');
    const set = pickle('\x8f(', text('a'), text('b'), '\x90');
    for (const write of [torchZip, torchLegacy]) {
      const dict = pickle('\x80\x04', dictPickle({ 'fc.weight': plain, note: bytes, words: set }));
      const checkpoint = await open(write(dict, { 0: counted(6) }));
      expect([...checkpoint.tensors.keys()]).toEqual(['fc.weight']);
    }
  });

  it('gives views with offset and strides, and several of one storage', async () => {
    const dict = dictPickle({
      turned: tensorPickle('0', { shape: [3, 2], strides: [1, 3], count: 6 }),
      tail: tensorPickle('0', { shape: [2], offset: 4, count: 6 }),
      every: tensorPickle('0', { shape: [3], strides: [2], count: 6 }),
      same: tensorPickle('0', { shape: [2, 2], strides: [0, 0], offset: 2, count: 6 }),
    });
    const checkpoint = await open(torchZip(dict, { 0: counted(6) }));
    expect(values(checkpoint, 'turned')).toEqual([1, 4, 2, 5, 3, 6]);
    expect(values(checkpoint, 'tail')).toEqual([5, 6]);
    expect(values(checkpoint, 'every')).toEqual([1, 3, 5]);
    expect(values(checkpoint, 'same')).toEqual([3, 3, 3, 3]);
  });

  it.each([
    ['reaches beyond its storage', { shape: [7], count: 6 }, 'beyond its storage'],
    ['begins beyond its storage', { shape: [1], offset: 6, count: 6 }, 'beyond its storage'],
    ['strides beyond its storage', { shape: [2, 2], strides: [5, 1], count: 6 }, 'beyond its storage'],
    ['has huge sizes', { shape: [0x7fffffff, 0x7fffffff], count: 6 }, 'beyond its storage'],
    ['repeats itself endlessly', { shape: [0x7fffffff], strides: [0], count: 6 }, 'too often'],
    ['has negative strides', { shape: [2], strides: [-1], offset: 1, count: 6 }, 'impossible sizes'],
    ['has negative sizes', { shape: [-2], count: 6 }, 'impossible sizes'],
    ['lacks a stride', { shape: [2, 3], strides: [1], count: 6 }, 'impossible axes'],
    ['claims a larger storage', { shape: [6], count: 600 }, 'lacks values'],
  ])('whose tensor %s is refused', async (_, tensor, message) => {
    const file = torchZip(dictPickle({ w: tensorPickle('0', tensor) }), { 0: counted(6) });
    await expect(open(file)).rejects.toThrow(CheckpointError);
    await expect(open(file)).rejects.toThrow(message);
  });

  it('keeps an empty tensor and a scalar', async () => {
    const dict = dictPickle({
      empty: tensorPickle('0', { shape: [0, 5], count: 0 }),
      scalar: tensorPickle('1', { shape: [], count: 1 }),
    });
    const checkpoint = await open(torchZip(dict, { 0: counted(0), 1: counted(1) }));
    expect(values(checkpoint, 'empty')).toEqual([]);
    expect(values(checkpoint, 'scalar')).toEqual([1]);
  });

  it('is found under the names of training scripts, and says where', async () => {
    const inner = dictPickle({ a: plain, b: plain, c: plain });
    const other = dictPickle({ a: plain, b: plain, c: plain });
    const file = torchZip(
      dictPickle({ ema: other, model_state_dict: inner, epoch: pickle('K\x07'), optimizer: other }),
      { 0: counted(6) },
    );
    const checkpoint = await open(file);
    expect(checkpoint.metadata.facts).toContainEqual({
      label: 'Weights',
      value: 'state dict, under model_state_dict',
    });
    expect([...checkpoint.tensors.keys()]).toEqual(['a', 'b', 'c']);
    expect(checkpoint.warnings.join()).toMatch(/further sets of weights.*ema/);
  });

  it('of a whole module gives what the state dict would, and the strides of its convolutions', async () => {
    const pair = (a: number, b: number): Uint8Array => pickle('K', [a], 'K', [b], '\x86');
    const object = (type: string, state: Uint8Array): Uint8Array => pickle(`c${type}\n)\x81`, state, 'b');
    const none = dictPickle({});
    const conv = object(
      'torch.nn.modules.conv\nConv2d',
      dictPickle({
        _parameters: dictPickle({ weight: tensorPickle('0', { shape: [2, 1, 3, 3], count: 18 }) }),
        _buffers: none,
        _modules: none,
        stride: pair(2, 1),
        dilation: pair(1, 3),
        groups: pickle('K\x02'),
      }),
    );
    const root = object(
      '__main__\nEvilNet',
      dictPickle({ _parameters: none, _buffers: none, _modules: dictPickle({ stem: conv }) }),
    );
    const checkpoint = await open(torchZip(root, { 0: counted(18) }));
    expect([...checkpoint.tensors.keys()]).toEqual(['stem.weight']);
    const loose = checkpoint.weights?.convolutions(false).graph.nodes.find(({ name }) => name === 'stem');
    expect(loose?.attributes).toMatchObject({ strides: [2, 1], dilations: [1, 3], groups: 2 });
    expect(checkpoint.warnings.join()).toMatch(/written again, it is its state dict/);
  });

  it.each([
    ['big-endian', zipOf({ 'a/data.pkl': pickle('N.'), 'a/byteorder': 'big' }), 'bytes in an order'],
    ['another archive', zipOf({ 'a/readme.txt': 'hello' }), 'not a PyTorch file'],
    ['without tensors', torchZip(dictPickle({ epoch: pickle('K\x01') })), 'no tensors'],
    ['without its storage', torchZip(dictPickle({ w: plain })), 'lacks values'],
    [
      'an unknown legacy version',
      pickle('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 'K\x01.'),
      'unknown version',
    ],
    ['some other pickle', pickle('\x80\x02}.'), 'not a PyTorch file'],
  ])('that is %s is refused', async (_, file, message) => {
    await expect(open(file)).rejects.toThrow(message);
    await expect(open(file)).rejects.toThrow(CheckpointError);
  });

  it.each([
    [
      'a tuple',
      torchZip(pickle(dictPickle({ w: plain }), 'K\x03\x86')),
      /in a tuple, .*save item 0 by itself/,
    ],
    [
      'a list',
      torchZip(pickle('](', 'K\x03', dictPickle({ w: plain }), 'e')),
      /in a list, .*save item 1 by itself/,
    ],
    ['one tensor', torchZip(plain), /one tensor without a name/],
    [
      'NumPy arrays',
      torchZip(dictPickle({ w: pickle('cnumpy.core.multiarray\n_reconstruct\n)R') })),
      /NumPy arrays in place of tensors/,
    ],
  ])('of %s says where its tensors are', async (_, file, message) => {
    await expect(open(file)).rejects.toThrow(message);
  });

  it('under a name that is not of one, and an archive of torch.export, are called what they are', async () => {
    const file = torchZip(dictPickle({ w: plain }), { 0: counted(6) });
    await expect(open(file, 'net.pth.tar')).rejects.toThrow(/a PyTorch file, but not by its name.*rename/);
    const exported = zipOf({ 'net/data/weights/weight_0': 'w', 'net/version': '0' });
    for (const name of ['net.pt2', 'net.pt'])
      await expect(open(exported, name)).rejects.toThrow(/archive of torch\.export/);
    await expect(open(zipOf({ 'a.txt': 'a' }), 'net.zip')).rejects.toThrow(/no config\.json/);
  });

  it('of the old tar format is called that', async () => {
    const tar = new Uint8Array(1024);
    tar.set(new TextEncoder().encode('sys_info'));
    tar.set(new TextEncoder().encode('ustar'), 257);
    await expect(open(tar)).rejects.toThrow('tar format of PyTorch before 0.1.10');
  });

  it('cut at every 16th byte gives one clear error', async () => {
    const forms = [torchZip, torchLegacy].map((write) =>
      write(dictPickle({ 'fc.weight': plain, 'fc.bias': plain }), { 0: counted(6) }),
    );
    for (const whole of forms) {
      for (let length = 1; length < whole.length; length += 16) {
        await expect(open(whole.slice(0, length))).rejects.toThrow(CheckpointError);
      }
    }
  });
});

describe('a PyTorch file that is written again', () => {
  it('keeps what is plain data, and says which objects are left out', async () => {
    const file = torchZip(
      dictPickle({
        state_dict: dictPickle({ a: plain, b: plain, c: plain }),
        epoch: pickle('K\x07'),
        args: pickle('cargparse\nNamespace\n)R'),
        other: tensorPickle('1', { shape: [2], count: 2 }),
        evil: pickle('cposix\nsystem\n(', text('true'), 'tR'),
      }),
      { 0: counted(6), 1: counted(2) },
    );
    const checkpoint = await open(file);
    expect(checkpoint.warnings.join()).toMatch(/not kept.*argparse\.Namespace, posix\.system/);
    const { sink, bytes } = memorySink('again.pth');
    await writeCheckpoint(checkpoint, sink);
    const again = new TextDecoder('latin1').decode(bytes());
    expect(again).toContain('epoch');
    expect(again).not.toMatch(/system|Namespace/);
    const reopened = await open(bytes());
    expect(values(reopened, 'b')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(reopened.warnings).toEqual([]);
  });
});

describe('a PyTorch file that is cut short', () => {
  const count = 24;
  const names = Array.from({ length: count }, (_, i) => `layer${i}.weight`);
  const dict = dictPickle(
    Object.fromEntries(names.map((name, i) => [name, tensorPickle(String(i), { shape: [2, 3], count: 6 })])),
  );
  const storages = Object.fromEntries(names.map((_, i) => [String(i), counted(6)]));

  it.each([
    ['zip', torchZip],
    ['legacy', torchLegacy],
  ])('at any 64th byte, of the %s form, gives one clear error', async (_, write) => {
    const whole = write(dict, storages);
    expect((await open(whole)).tensors.size).toBe(count);
    expect(whole.length).toBeGreaterThan(64 * 50);
    for (let length = 64; length < whole.length; length += 64) {
      await expect(open(whole.slice(0, length))).rejects.toThrow(/^net\.pth: [^\n]{10,300}$/);
      await expect(open(whole.slice(0, length))).rejects.toThrow(CheckpointError);
    }
  });

  it('at any 64th byte of the pickle in a whole archive gives one clear error', async () => {
    const whole = pickle('\x80\x02', dict, '.');
    for (let length = 0; length < whole.length; length += 64) {
      const file = zipOf({ 'net/data.pkl': whole.slice(0, length), 'net/version': '3\n' });
      await expect(open(file)).rejects.toThrow(/^net\.pth: the pickle is cut short [^\n]{10,300}$/);
    }
  });
});
