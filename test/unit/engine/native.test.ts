import { describe, expect, it } from 'vitest';
import { nativeLibraries } from '../../support/native';

describe('native backend', () => {
  it('loads TensorFlow and computes', async () => {
    const native = await nativeLibraries();
    expect(native.versions.tensorflow).toMatch(/^2\.\d+\.\d+/);
    const x = native.tf.tensor([1, 2, 3, 4], [2, 2]);
    expect([...native.tf.matMul(x, x).dataSync()]).toEqual([7, 10, 15, 22]);
    expect(Object.keys(native.proto)).toContain('SavedModel');
  });
});
