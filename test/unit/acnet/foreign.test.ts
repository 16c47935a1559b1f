import { describe, expect, it } from 'vitest';
import { fuseAcnet } from '../../../src/core/acnet/fuse';
import { findSites } from '../../../src/core/acnet/sites';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import type { Dim } from '../../../src/core/graph/shape';
import type { Pair } from '../../../src/core/graph/padding';
import { difference, NetworkBuilder, networkOf, normalTensor } from '../../support/reference-networks';
import { referenceOutputs } from '../../support/reference';
import { opened, written } from '../formats/support';

interface Foreign {
  readonly stride?: Pair;
  readonly size?: readonly [Dim, Dim];
  readonly kernel?: Pair;
  /** Length of the one-dimensional kernels. */
  readonly length?: number;
  readonly groups?: number;
}

/** A block as TF_AcBlock names and builds it: "same" convolutions without bias, each with a batch norm, and a sum. */
async function foreign({ stride = [1, 1], size = [8, 8], kernel = [3, 3], length = 3, groups = 1 }: Foreign) {
  const b = new NetworkBuilder(6);
  const input = b.input(...size, 2);
  const branch = (name: string, shape: Pair, own = 1): string => {
    const options = { kernel: shape, filters: 4, stride, bias: false, groups: own };
    return b.batchNorm(`${name}_bn`, b.conv(name, input, options), { epsilon: 1e-3 });
  };
  const branches = [
    branch('block1_sqr', kernel),
    branch('block1_ver', [length, 1]),
    branch('block1_hor', [1, length], groups),
  ];
  const { graph, tensors } = b.build(b.node('add', 'block1_add', {}, branches));
  const made = kerasCheckpoint(graph, tensors, { path: 'foreign.keras', name: 'foreign' });
  return opened(await written(made), 'foreign.keras');
}

describe('blocks of other tools in Keras files', () => {
  it.each([
    [{}, [1, 1]],
    [{ stride: [2, 2], size: [9, 9] }, [1, 1]],
    // On even sizes the square window starts one row later: what "same" makes the branches see is its first row.
    [{ stride: [2, 2], size: [8, 8] }, [0, 0]],
    [{ stride: [2, 2], size: [9, 8] }, [1, 0]],
    [{ kernel: [5, 5], length: 5 }, [2, 2]],
    [{ size: [null, null] }, [1, 1]],
  ] as const)('%j: recognised and fused where its branches land', async (settings, [row, column]) => {
    const checkpoint = await foreign(settings);
    const sites = findSites(checkpoint);
    expect(sites).toMatchObject([{ name: 'block1_sqr', kind: 'acb', block: { row, column } }]);
    const size = (i: 0 | 1): number => ('size' in settings ? settings.size[i] : null) ?? 8;
    const input = normalTensor([1, size(0), size(1), 2], 4);
    for (const fold of [false, true]) {
      const fused = fuseAcnet(checkpoint, { fold });
      expect(fused.fused).toEqual(['block1_sqr']);
      expect(fused.warnings).toEqual([]);
      const outputs = [checkpoint, fused.checkpoint].map(
        (network) => referenceOutputs(networkOf(network), [input])[0],
      );
      expect(difference(outputs[0], outputs[1]).maxRel).toBeLessThanOrEqual(1e-5);
    }
  });

  it.each([
    [
      { stride: [2, 2], size: [null, null] },
      'input size unknown: "same" padding with a stride depends on it',
    ],
    [{ kernel: [5, 5], length: 3 }, 'its 1 × 3 and 3 × 1 kernels are not as long as the 5 × 5 one'],
    [{ groups: 2 }, 'its branches differ in filters or groups'],
  ] as const)('%j: left alone, with the reason', async (settings, reason) => {
    const checkpoint = await foreign(settings);
    const { fused, warnings } = fuseAcnet(checkpoint, { fold: true });
    expect(fused).toEqual([]);
    expect(warnings[1]).toContain(`block1_sqr looks like one and is none: ${reason}`);
    expect(findSites(checkpoint).some(({ kind }) => kind === 'acb')).toBe(false);
  });
});
