import { describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { UnsupportedError } from '../../../src/core/errors';
import { kerasCheckpoint } from '../../../src/core/formats/keras/write/create';
import { NetworkBuilder, type ConvolutionSettings } from '../../support/networks';
import { opened, written } from './support';

function network(settings: ConvolutionSettings): Checkpoint {
  const builder = new NetworkBuilder(1);
  const { graph, tensors } = builder.finish(builder.conv(builder.input([9, 9, 2]), 2, [3, 3], settings));
  return kerasCheckpoint(graph, tensors, { path: 'made.keras', name: 'made' });
}

function converted(checkpoint: Checkpoint): Checkpoint {
  const sites = findSites(checkpoint);
  return convertToAcnet(checkpoint, { sites, variant: 'skeleton', branches: 'paper', seed: 1 }).checkpoint;
}

describe('what a Keras convolution cannot hold is refused by name, before and after a conversion', () => {
  const sides = { top: 1, bottom: 0, left: 1, right: 0 };
  const REFUSED = [
    [
      { strides: [2, 2], dilations: [2, 2] },
      /no stride together with a dilation \(conv1; expected .*; found strides 2 × 2/,
    ],
    [{ strides: [1, 2], dilations: [2, 1] }, /no stride together with a dilation/],
    [{ padding: sides }, /no padding by sides; it needs a ZeroPadding2D before \(conv1/],
  ] as const;
  const ACCEPTED = [
    { strides: [2, 2] },
    { strides: [1, 2] },
    { dilations: [2, 2] },
    { padding: { top: 0, bottom: 0, left: 0, right: 0 } },
  ] as const;

  it.each(REFUSED)('%j', async (settings, reason) => {
    for (const checkpoint of [network(settings), converted(network(settings))]) {
      await expect(written(checkpoint)).rejects.toThrow(UnsupportedError);
      await expect(written(checkpoint)).rejects.toThrow(reason);
    }
  });

  it.each(ACCEPTED)('%j is written', async (settings) => {
    for (const checkpoint of [network(settings), converted(network(settings))]) {
      const again = await opened(await written(checkpoint), 'made.keras');
      expect(findSites(again).map(({ kind }) => kind)).toEqual(findSites(checkpoint).map(({ kind }) => kind));
    }
  });
});
