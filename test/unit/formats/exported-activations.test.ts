import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { EXPORT_FORMATS, exportCheckpoint } from '../../../src/core/formats/export';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { NetworkBuilder } from '../../support/networks';
import { referenceOutputs, tensor } from '../../support/reference';
import { networkOf } from '../../support/reference-networks';
import { opened, written } from './support';
import { filesOf, reopened } from './tfjs-support';

const VALUES = [-4, -2.75, -1, 0, 0.5, 2.75, 4, 9];

function network(slope: number | undefined): Checkpoint {
  const b = new NetworkBuilder(1);
  const attributes = slope === undefined ? {} : { slope };
  const { graph, tensors } = b.finish(b.apply('hardSigmoid', b.input([VALUES.length]), attributes));
  return kerasCheckpoint(graph, tensors, { path: 'a.keras', name: 'a' });
}

async function exported(checkpoint: Checkpoint, format: string): Promise<Checkpoint> {
  const made = exportCheckpoint(checkpoint, { format, name: 'a' });
  if (format === 'tfjs-layers') return reopened(await filesOf(made));
  return opened(await written(made), format === 'onnx' ? 'a.onnx' : 'a');
}

describe('a hard sigmoid', () => {
  // Keras 2 and TensorFlow.js mean 0.2 by its name, Keras 3 means 1/6, ONNX says which.
  it.each(EXPORT_FORMATS.map(({ id }) => id))('has its own slope in %s', async (format) => {
    for (const slope of [0.2, undefined, 0.3]) {
      const { graph, tensors } = networkOf(await exported(network(slope), format));
      const input = tensor([1, VALUES.length], VALUES);
      const [output] = referenceOutputs({ graph, tensors }, [input]);
      const wanted = VALUES.map((x) => Math.min(Math.max(x * (slope ?? 1 / 6) + 0.5, 0), 1));
      expect(output?.data).toHaveLength(VALUES.length);
      wanted.forEach((value, i) => expect(output?.data[i], `${slope} at ${VALUES[i]}`).toBeCloseTo(value, 6));
    }
  });
});
