import type { Shape } from '../tensor/tensor';

/** Shapes of a network's parameters and buffers by their names in PyTorch's state dict, in its order. */
export type Parameters = ReadonlyMap<string, Shape>;

/** What a network is made for. */
export interface NetworkSize {
  readonly classes: number;
  /** Channels of the images. */
  readonly channels: number;
}

/** Lists the parameters of a network, layer by layer, as `torch.nn` names and shapes them. */
export class Layers {
  readonly parameters = new Map<string, Shape>();

  /** @param side of the square kernel */
  convolution(path: string, inputs: number, filters: number, side: number, bias = false): void {
    this.parameters.set(`${path}.weight`, [filters, inputs, side, side]);
    if (bias) this.parameters.set(`${path}.bias`, [filters]);
  }

  batchNorm(path: string, channels: number): void {
    for (const name of ['weight', 'bias', 'running_mean', 'running_var']) {
      this.parameters.set(`${path}.${name}`, [channels]);
    }
    this.parameters.set(`${path}.num_batches_tracked`, []);
  }

  linear(path: string, inputs: number, outputs: number): void {
    this.parameters.set(`${path}.weight`, [outputs, inputs]);
    this.parameters.set(`${path}.bias`, [outputs]);
  }
}
