import { describe, expect, it } from 'vitest';
import { runPython } from '../support/peers';

describe('Keras for comparison', () => {
  it('is the pinned one, on TensorFlow', () => {
    const script = 'import keras, sys; print(keras.__version__, keras.backend.backend(), sys.argv[1])';
    expect(runPython(script, ['x']).trim()).toBe('3.15.1 tensorflow x');
  });

  it('reports what Python said when it failed', () => {
    expect(() => runPython('raise ValueError("no such layer")')).toThrow('no such layer');
  });
});
