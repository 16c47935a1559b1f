import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { openCheckpointFile } from '../../src/files/open';
import { graphOf, networkFor } from '../../src/operations/kit/network';
import { nativeBackend } from './native';

/** A network's answer that another framework recorded: float32 files `NAME.input` (two images) and `NAME.output`. */
interface Recorded {
  /** The checkpoint that is to give it here. */
  readonly path: string;
  /** `NAME` with its folder. */
  readonly answer: string;
  /** Height and width of the images. */
  readonly size: number;
  /** An ONNX model that says how the network is built. */
  readonly architecture?: string;
}

/** Largest difference between what a checkpoint computes here and the recorded answer, as a share of its largest value. */
export async function differenceToRecorded({ path, answer, size, architecture }: Recorded): Promise<number> {
  const backend = await nativeBackend();
  const checkpoint = await openCheckpointFile(path, architecture === undefined ? {} : { architecture });
  const network = networkFor(checkpoint, graphOf(checkpoint, 'run'), { height: size, width: size });
  const session = backend.inference(network, network.graph.outputs);
  const [{ values: actual }] = session.run([floats(`${answer}.input`)], 2);
  session.dispose();
  checkpoint.close();
  const expected = floats(`${answer}.output`);
  expect(actual).toHaveLength(expected.length);
  const spread = Math.max(...expected.map(Math.abs));
  // A network that answers zero is equal to every other one.
  expect(spread).toBeGreaterThan(1e-3);
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]))) / spread;
}

function floats(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
}
