import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerCommands } from '../../../src/cli/commands';
import { Session } from '../../../src/cli/session';
import { writeJpegFolder } from '../../support/jpeg-folder';
import { cifarResnet8, UNKNOWN_NETWORK, weightsFile } from '../../support/weights-file';
import { temporaryFolder, writeModel } from './fixtures';
import { acnet } from './run';

const folder = temporaryFolder();
const at = (name: string): string => path.join(folder, name);
const net = at('net.safetensors');
const [data, fast] = [at('images'), ['--limit', '20']];
/** What each command is given; null for one that opens no network of a person's. */
const ARGUMENTS: Readonly<Record<string, readonly string[] | null>> = {
  inspect: [net],
  kernels: [net],
  compare: [net, at('other.safetensors')],
  convert: [net, '-o', at('net.acnet.safetensors')],
  train: [at('job.acnet.json')],
  fuse: [at('net.acnet.safetensors'), '-o', at('net.fused.safetensors')],
  export: [net, at('net.onnx')],
  verify: [net, at('net.acnet.safetensors'), '--samples', '2'],
  evaluate: [net, '--data', data, ...fast],
  prune: [net, '--data', data, ...fast, '--ratios', '0', '--seeds', '1'],
  robustness: [net, '--data', data, ...fast],
  new: null,
  backend: null,
  demo: null,
};
const SENTENCE = 'assumed to be CIFAR ResNet-8, option A: a 3 × 3 stem';

beforeAll(async () => {
  await writeJpegFolder(data, { count: 20, classes: 10, side: 32 });
  const bytes = weightsFile(cifarResnet8());
  for (const file of [net, at('other.safetensors')]) writeFileSync(file, bytes);
  const job = { checkpoint: net, data: { folder: data, limit: 10 }, epochs: 1, batch: 5 };
  writeFileSync(at('job.acnet.json'), JSON.stringify(job));
});

/** Every command of the registry, so that a new one has no way past this test. */
function commands(): string[] {
  const io = { write: () => undefined, isTerminal: false, columns: 80 };
  const program = new Command();
  registerCommands(program, new Session({ out: io, err: io, signal: new AbortController().signal }));
  return program.commands.map((command) => command.name());
}

describe('a network that names and shapes show', () => {
  it('has a row here for every command', () => {
    expect(commands().sort()).toEqual(Object.keys(ARGUMENTS).sort());
  });

  const opening = commands().filter((name) => ARGUMENTS[name] !== null);
  // Each of them at work before it: convert makes what fuse and verify read.
  it.each(opening)('%s says what it is assumed to be, as a line and in JSON', async (name) => {
    const run = await acnet(name, ...(ARGUMENTS[name] ?? []), '--json');
    const { code, err } = run;
    expect([code, err.includes('assumed') ? '' : err]).toEqual([name === 'train' ? code : 0, '']);
    const lines = err.split('\n').filter((line) => line.includes(SENTENCE));
    expect(lines[0]).toMatch(/^acnet: .*net(\.acnet)?\.safetensors: assumed to be/);
    const { assumed } = run.json() as { assumed?: readonly { path: string; network: string }[] };
    expect(assumed?.length).toBe(lines.length);
    expect(assumed?.[0].network).toContain(SENTENCE);
  });

  it('is told of no other file', async () => {
    writeFileSync(at('unknown.safetensors'), weightsFile(UNKNOWN_NETWORK));
    for (const file of [await writeModel(at('model.keras')), at('unknown.safetensors')]) {
      const run = await acnet('inspect', file, '--bn-epsilon', '1e-3', '--json');
      expect(run.err).toBe('');
      expect(run.json()).not.toHaveProperty('assumed');
    }
  });
});
