import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convertToAcnet } from '../../../src/core/acnet/convert';
import { withConvolutions } from '../../../src/core/acnet/loose';
import { chooseSites, findSites } from '../../../src/core/acnet/sites';
import type { Checkpoint, Reading } from '../../../src/core/checkpoint';
import { memorySource } from '../../../src/core/encodings/region';
import { readNotes } from '../../../src/core/formats/state-dict/notes';
import { openCheckpoint, writeCheckpoint } from '../../../src/core/formats/registry';
import { openCheckpointFile } from '../../../src/files/open';
import { memorySink } from '../../support/torch-files';
import { cifarResnet8, UNKNOWN_NETWORK, weightsFile, type Shapes } from '../../support/weights-file';
import { floats, onnxModel } from './onnx-support';

const folder = mkdtempSync(join(tmpdir(), 'acnet-epsilon-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const opened = (shapes: Shapes, reading?: Reading): Promise<Checkpoint> =>
  openCheckpoint(memorySource('net.safetensors', weightsFile(shapes)), reading);
const reopened = (bytes: Uint8Array, reading?: Reading): Promise<Checkpoint> =>
  openCheckpoint(memorySource('net.acnet.safetensors', bytes), reading);

/** The ε of every batch norm that a rewriting sees. */
function epsilons(checkpoint: Checkpoint): number[] {
  const { graph } = withConvolutions(checkpoint, true);
  const found = (graph?.nodes ?? []).flatMap((node) =>
    node.op === 'batchNorm' ? [node.attributes.epsilon] : [],
  );
  return [...new Set(found)];
}

const fact = ({ metadata }: Checkpoint): string | undefined =>
  metadata.facts.find(({ label }) => label === 'Batch norm ε')?.value;
const assumed = ({ assumptions }: Checkpoint) => (assumptions ?? []).filter(({ choice }) => choice);

/** Everything that can be converted, as a file. */
async function convertedFile(checkpoint: Checkpoint): Promise<Uint8Array> {
  const source = withConvolutions(checkpoint, true);
  const { chosen: sites } = chooseSites(findSites(source));
  const { checkpoint: blocks } = convertToAcnet(source, {
    sites,
    variant: 'skeleton',
    branches: 'zero',
    seed: 0,
  });
  const { sink, bytes } = memorySink('net.acnet.safetensors');
  await writeCheckpoint(blocks, sink);
  return bytes();
}

describe('the ε of batch norms in a weights-only file', () => {
  it('is assumed, and that is reported, where nothing says it', async () => {
    const file = await opened(UNKNOWN_NETWORK);
    expect(epsilons(file)).toEqual([1e-5]);
    expect(fact(file)).toBe('1e-5, assumed: the default of PyTorch; the file does not store it');
    const text =
      'the ε of 2 batch norms is assumed to be 1e-5, the default of PyTorch: the file does not store it';
    expect(assumed(file)).toEqual([{ text, choice: 'bnEpsilon' }]);
  });

  it('is what a person states', async () => {
    const file = await opened(UNKNOWN_NETWORK, { bnEpsilon: 1e-3 });
    expect(epsilons(file)).toEqual([1e-3]);
    expect(file.rules.norm.epsilon).toBe(1e-3);
    expect([fact(file), assumed(file), file.warnings]).toEqual(['0.001, as stated', [], []]);
  });

  it('is that of a network which the names show, unless a person states another', async () => {
    const known = await opened(cifarResnet8());
    expect(fact(known)).toBe('1e-5, the default of PyTorch, which CIFAR ResNet-8, option A has');
    expect(assumed(known)).toEqual([]);
    const stated = await opened(cifarResnet8(), { bnEpsilon: 1e-3 });
    expect([fact(stated), epsilons(stated)]).toEqual(['0.001, as stated', [1e-3]]);
  });

  it('is not spoken of where there are no batch norms', async () => {
    const file = await opened({ 'conv.weight': [4, 3, 3, 3] }, { bnEpsilon: 1e-3 });
    expect([fact(file), assumed(file), file.warnings]).toEqual([undefined, [], []]);
    const { assumptions } = await opened({ 'conv.weight': [4, 3, 3, 3] });
    expect(assumptions).toEqual([]);
  });

  it('is kept in what is written of it, and what the file says is not overruled', async () => {
    const bytes = await convertedFile(await opened(UNKNOWN_NETWORK, { bnEpsilon: 1e-3 }));
    const file = await reopened(bytes);
    expect([fact(file), epsilons(file), assumed(file)]).toEqual(['0.001, as the file says', [1e-3], []]);
    const other = await reopened(bytes, { bnEpsilon: 1e-2 });
    expect(epsilons(other)).toEqual([1e-3]);
    expect(other.warnings).toEqual([
      'the stated ε of batch norms, 0.01, is not used where the file says another: 0.001',
    ]);
    expect((await reopened(bytes, { bnEpsilon: 1e-3 })).warnings).toEqual([]);
  });

  it('is not kept as if it were known where it was assumed', async () => {
    const bytes = await convertedFile(await opened(UNKNOWN_NETWORK));
    expect(assumed(await reopened(bytes))).toHaveLength(1);
    expect(epsilons(await reopened(bytes, { bnEpsilon: 1e-3 }))).toEqual([1e-3]);
  });

  it.each([0, -1, '"a"', 'null'])('is not taken from notes that say %s', (value) => {
    const text = `{"version":1,"blocks":{},"epsilon":${value}}`;
    expect(readNotes(text, 'a').epsilon).toBeUndefined();
    expect(readNotes(text.replace(`${value}}`, '0.5}'), 'a').epsilon).toBe(0.5);
  });
});

describe('the ε of batch norms, of weights with a model', () => {
  const words = ['weight', 'bias', 'running_mean', 'running_var'];
  const shapes: Shapes = {
    'c.weight': [4, 3, 3, 3],
    ...Object.fromEntries(words.map((word) => [`n.${word}`, [4]])),
  };

  /** Weights and their model side by side. */
  function files(epsilon: number): string {
    const file = join(folder, 'net.safetensors');
    writeFileSync(file, weightsFile(shapes));
    const tensors = Object.entries(shapes).map(([name, dims]) => {
      const size = dims.reduce((a, b) => a * b, 1);
      return { name, dims, raw: floats(...Array.from({ length: size }, (_, i) => 1 + i / 7)) };
    });
    const model = onnxModel({
      nodes: [
        { op: 'Conv', inputs: ['x', 'c.weight'], outputs: ['v'], ints: { pads: [1, 1, 1, 1] } },
        {
          op: 'BatchNormalization',
          inputs: ['v', ...words.map((word) => `n.${word}`)],
          outputs: ['y'],
          float: { epsilon },
        },
      ],
      tensors,
      inputs: [['x', [1, 3, 8, 8]]],
      outputs: ['y'],
    });
    writeFileSync(join(folder, 'net.onnx'), model);
    return file;
  }

  it.each([
    [1e-3, '0.001'],
    [1e-5, '1e-5'],
  ])('is the model’s, %s, whatever a person states', async (epsilon, text) => {
    const file = files(epsilon);
    const plain = await openCheckpointFile(file);
    expect([epsilons(plain), fact(plain), assumed(plain)]).toEqual([[epsilon], text, []]);
    expect(plain.warnings).toEqual([]);
    const stated = await openCheckpointFile(file, { bnEpsilon: 0.5 });
    expect(epsilons(stated)).toEqual([epsilon]);
    expect(stated.warnings).toEqual([
      `the stated ε of batch norms, 0.5, is not used where the attached network says another: ${text}`,
    ]);
  });

  it('is kept in what is written, which then needs no model', async () => {
    const bytes = await convertedFile(await openCheckpointFile(files(1e-3)));
    const alone = await reopened(bytes);
    expect([epsilons(alone), assumed(alone)]).toEqual([[1e-3], []]);
  });
});
