import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBlocks } from '../../../src/core/acnet/blocks';
import type { Checkpoint } from '../../../src/core/checkpoint';
import { makeGraph } from '../../../src/core/graph/build';
import { LIVE_BRANCHES } from '../../../src/shared/choices';
import type { TrainEvent } from '../../../src/contract/results';
import type { Backend, Network } from '../../../src/engine/backend';
import { openCheckpointFile } from '../../../src/files/open';
import { convertFile } from '../../../src/operations/convert/convert';
import { readJob } from '../../../src/operations/job/job';
import { trainJob } from '../../../src/operations/train/train';
import { verifyFiles } from '../../../src/operations/verify/verify';
import { freshNetwork, SMALL, smallFolder } from '../../support/jobs';
import { nativeBackend } from '../../support/native';
import { testContext, writeKeras } from '../../support/operation';

let backend: Backend;
beforeAll(async () => {
  backend = await nativeBackend();
});

function withoutGamma({ graph, tensors }: Network): Network {
  const nodes = graph.nodes.map((node) => {
    const { gamma, ...parameters } = node.parameters;
    return node.op === 'batchNorm' && gamma !== undefined ? { ...node, parameters } : node;
  });
  const without = new Map([...tensors].filter(([name]) => !name.endsWith('/gamma')));
  return { graph: makeGraph({ nodes, outputs: graph.outputs }, without), tensors: without };
}

interface Trained {
  readonly result: Awaited<ReturnType<typeof trainJob>>;
  readonly messages: readonly string[];
}

async function train(
  folder: string,
  fields: object,
  {
    resume = false,
    stopAt = '',
  }: { readonly resume?: boolean; readonly stopAt?: TrainEvent['event'] | '' } = {},
): Promise<Trained> {
  const messages: string[] = [];
  const stopping = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.event === 'message') messages.push(event.text);
    if (event.event === stopAt) stopping.abort();
  };
  const job = readJob(JSON.stringify({ ...SMALL, ...fields }), path.join(folder, 'a.acnet.json'));
  const context = { ...testContext(backend, stopping.signal), onEvent };
  const result = await trainJob(job, { directory: path.join(folder, 'run'), resume }, context);
  return { result, messages };
}

/** Kernels and γ of the blocks' one-dimensional branches. */
function branchesIn({ graph, tensors }: Checkpoint) {
  const blocks = graph ? findBlocks(graph, tensors) : [];
  const read = (name?: string): number[] => [...(tensors.get(name ?? '')?.readFloat32() ?? [])];
  return blocks
    .flatMap(({ horizontal, vertical }) => [horizontal, vertical])
    .map(({ conv, batchNorm }) => ({
      kernel: read(conv.parameters.kernel),
      gamma: read(batchNorm?.parameters.gamma),
    }));
}

async function branchesOf(file: string) {
  const checkpoint = await openCheckpointFile(file);
  try {
    return branchesIn(checkpoint);
  } finally {
    checkpoint.close();
  }
}

const norm = (values: readonly number[]): number => Math.hypot(...values);

describe.each(LIVE_BRANCHES)('a training that starts with %s branches', (branches) => {
  it('begins with the outputs of the file, states the difference in training, and moves the branches', async () => {
    const folder = await smallFolder();
    // From scratch the batch norms of the file are measured too.
    const start = { start: 'scratch', branches };
    const still = await train(folder, { ...start, epochs: 1, batch: 48, learningRate: 1e-30 });
    expect(still.result.acnet.before).toBe(still.result.baseline.before);
    const note = still.messages.find((text) => text.startsWith(`branches ${branches}`));
    const [, inference, training] =
      /^branches \w+, share 0\.5: of a channel's largest output, the outputs of a block change by at most (\S+); normalised by a batch of 48 images, as in the first training step, by (\S+)$/.exec(
        note ?? '',
      ) ?? [];
    expect(Number(inference.replace('−', '-'))).toBeLessThanOrEqual(1e-6);
    // All 48 images are the batch and what was measured: the batch normalises as the statistics do.
    expect(Number(training.replace('−', '-'))).toBeLessThan(1e-3);

    const begun = await branchesOf(still.result.outputs.acnet);
    const moved = await train(folder, { ...start, baseline: false, output: { overwrite: true } });
    const end = await branchesOf(moved.result.outputs.acnet);
    expect(moved.result.fused.passed).toBe(true);
    expect(begun).toHaveLength(4);
    for (const [i, { kernel, gamma }] of begun.entries()) {
      expect(gamma.filter((value) => value === 0)).toEqual([]);
      const change = kernel.map((value, j) => end[i].kernel[j] - value);
      // Weight decay by itself takes 6e-5 of it.
      expect(norm(change) / norm(kernel)).toBeGreaterThan(0.002);
      expect(end[i].gamma).not.toEqual(gamma);
    }
  });

  it('continues after it was stopped, also where a batch norm had no γ', async () => {
    const folder = await smallFolder();
    const job = { branches, baseline: false };
    await writeKeras(path.join(folder, 'small.keras'), withoutGamma(freshNetwork(8, 2)));
    await expect(train(folder, job, { stopAt: 'epoch' })).rejects.toThrow(/stopped/);
    const { result, messages } = await train(folder, job, { resume: true });
    expect(messages.some((text) => text.startsWith('acnet: continues'))).toBe(true);
    expect(result.fused.passed).toBe(true);
  });
});

describe('a conversion to live branches', () => {
  it.each(LIVE_BRANCHES)('%s on images keeps the outputs and says what changed', async (branches) => {
    const folder = await smallFolder();
    const [source, output] = ['small.keras', 'live.keras'].map((name) => path.join(folder, name));
    const options = { variant: 'skeleton', branches, data: path.join(folder, 'images'), share: 0.3 } as const;
    const { warnings } = await convertFile(source, output, options, testContext(backend));
    expect(warnings.join('\n')).toMatch(
      new RegExp(
        `branches ${branches}, share 0.3: .* change by at most .*normalised by a batch of 60 images`,
      ),
    );
    const verified = await verifyFiles(source, output, { samples: 20 }, testContext(backend));
    expect(verified.passed).toBe(true);
    expect(verified.blocks?.maxRel).toBeLessThanOrEqual(1e-6);
    for (const { gamma } of await branchesOf(output)) expect(gamma).not.toContain(0);
  });

  it('split needs no images: a training measures the statistics before its first step', async () => {
    const folder = await smallFolder();
    const [source, output] = ['small.keras', 'live.keras'].map((name) => path.join(folder, name));
    const options = { variant: 'skeleton', branches: 'split' } as const;
    const { warnings } = await convertFile(source, output, options, testContext(backend));
    expect(warnings).toEqual([]);
    const verified = await verifyFiles(source, output, { samples: 20 }, testContext(backend));
    expect(verified.blocks?.maxRel).toBeLessThanOrEqual(1e-6);
    const { result, messages } = await train(folder, { checkpoint: 'live.keras' });
    expect(messages).toContain('calibrating 6 new batch norms on training images');
    expect(result.acnet.before).toBe(result.baseline.before);
    expect(result.fused.passed).toBe(true);
  });
});
