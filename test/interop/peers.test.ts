import { describe, expect, inject, it } from 'vitest';
import { peersPython } from '../../scripts/setup/peers.mjs';
import { runPython, spawnPeer } from '../support/peers';

describe('Keras for comparison', () => {
  it('is the pinned one, on TensorFlow', () => {
    const script = 'import keras, sys; print(keras.__version__, keras.backend.backend(), sys.argv[1])';
    expect(runPython(script, ['x']).trim()).toBe('3.15.1 tensorflow x');
  });

  it('reports what Python said when it failed', () => {
    expect(() => runPython('raise ValueError("no such layer")')).toThrow('no such layer');
  });
});

describe('a script in a process that has its packages loaded', () => {
  const server = inject('peerServers')[peersPython()];

  it('has them', () => {
    const loaded = 'import sys; print("keras" in sys.modules)';
    const answers = [undefined, server].map((at) => spawnPeer(peersPython(), loaded, [], at).stdout.trim());
    expect(answers).toEqual(['False', process.platform === 'linux' ? 'True' : 'False']);
  });

  it.each([
    ['prints', 'import sys; print(sys.argv, __name__, sys.path[0], "ö"); print("aside", file=sys.stderr)'],
    ['is in its folder and environment', 'import os; print(os.getcwd(), sorted(os.environ.items()))'],
    ['raises', 'def f(): raise KeyError("no such layer")\nf()'],
    ['is not Python', 'def f(:'],
    ['exits', 'import sys; print("half"); sys.exit(3)'],
    ['exits with words', 'import sys; sys.exit("words")'],
    ['crashes', 'import os; os.abort()'],
    ['has something to do at its end', 'import atexit; atexit.register(print, "end")'],
  ])('ends as in one of its own when it %s', (_, script) => {
    const [own, forked] = [undefined, server].map((at) => {
      const { status, signal, stdout, stderr } = spawnPeer(peersPython(), script, ['a', 'b c'], at);
      return { status, signal, stdout, stderr };
    });
    expect(forked).toEqual(own);
  });

  it('draws numbers of its own', () => {
    const draw = 'import numpy; print(numpy.random.rand())';
    const [first, second] = [1, 2].map(() => spawnPeer(peersPython(), draw, [], server).stdout);
    expect(first).not.toBe(second);
  });
});
