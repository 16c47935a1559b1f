import { beforeEach, describe, expect, it } from 'vitest';
import { askUnclear, inspectClearly, offerChoice, type Unclear } from '../../../src/host/reading/ask';
import { openMemories } from '../../../src/host/memory/answers';
import { FileStates } from '../../../src/host/facts/states';
import { jobText } from '../../../src/host/training/job-file';
import { AttachingClient } from '../../../src/host/workers/attaching-client';
import type { CallOptions, WorkerClient } from '../../../src/host/workers/client';
import { readJob } from '../../../src/operations/job/job';
import { answers, given } from '../../support/vscode';

const WHY =
  'The exporter wrote equal weights once; the file does not show whether they are one layer’s or several layers’.';
const labelled = (label: string) => (offered: readonly unknown[]) =>
  offered.find((row) => row === label || (row as { label?: string }).label === label);

beforeEach(() => {
  given.length = 0;
  answers.next = () => undefined;
});

/** A reader that tells of a file what the real one tells, unless the call says what is open. */
function made(unclear: readonly string[], choice: Unclear['stated'] = 'equalWeights') {
  const kept = new Map<string, unknown>();
  const store = {
    get: (key: string): unknown => kept.get(key),
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, structuredClone(value))),
  };
  const memory = openMemories(store, new FileStates(), (file) => file);
  const requests: object[] = [];
  const call = (_call: string, request: { path: string; readings?: object[] }, options?: CallOptions) => {
    requests.push(request);
    const { path } = request;
    if (unclear.includes(path) && !request.readings) {
      const assumed = { path, network: 'assumed', choice, unclear: path };
      options?.onNotice?.({ kind: 'assumed', assumed });
    }
    return Promise.resolve({ sites: [], readings: request.readings });
  };
  const client = { call } as unknown as WorkerClient<'reader'>;
  const reader = new AttachingClient<'reader'>(client, memory);
  return { services: { reader, memory }, memory, requests, store };
}

describe('a file that does not show whose its equal weights are', () => {
  it('is asked about once, remembered, and read as was answered', async () => {
    const { services, requests, store } = made(['/net.onnx']);
    answers.next = labelled('Each layer has its own');
    const result = await inspectClearly(services, '/net.onnx');
    expect(given).toContainEqual(['showQuickPick.placeHolder', WHY]);
    const said = { path: '/net.onnx', readings: [{ file: '/net.onnx', equalWeights: 'separate' }] };
    expect(result).toMatchObject({ readings: said.readings });
    expect(requests).toEqual([{ path: '/net.onnx' }, said]);
    given.length = 0;
    await inspectClearly(services, '/net.onnx');
    expect(given).toEqual([]);
    expect(requests.at(-1)).toEqual(said);
    const later = openMemories(store, new FileStates(), (file) => file);
    expect(later.equalWeights.of('/net.onnx')).toBe('separate');
  });

  it('stays as it was assumed where the question is left, and is not asked about again', async () => {
    const { services, memory, requests } = made(['/net.onnx']);
    await inspectClearly(services, '/net.onnx');
    expect(given).not.toEqual([]);
    given.length = 0;
    await askUnclear(services, ['/net.onnx']);
    expect(given).toEqual([]);
    expect(memory.equalWeights.of('/net.onnx')).toBeUndefined();
    expect(requests).toEqual([{ path: '/net.onnx' }, { path: '/net.onnx' }]);
  });

  it('is asked about beside its page, without anything waiting', async () => {
    const { memory } = made([]);
    const of = (file: string): Unclear => ({ file, stated: 'equalWeights' });
    const changed: string[] = [];
    memory.equalWeights.onChange((file) => changed.push(file));
    await offerChoice(memory, of('/other.onnx'));
    expect([given[0], changed]).toEqual([['information', `other.onnx: ${WHY}`], []]);
    answers.next = labelled('The layers share them');
    await offerChoice(memory, of('/net.onnx'));
    expect(memory.equalWeights.of('/net.onnx')).toBe('shared');
    expect(changed).toEqual(['/net.onnx']);
    given.length = 0;
    await offerChoice(memory, of('/net.onnx'));
    await offerChoice(memory, of('/other.onnx'));
    expect(given).toEqual([]);
  });

  it('of which nothing is unclear asks nothing', async () => {
    const { services } = made(['/other.onnx']);
    await inspectClearly(services, '/net.onnx');
    expect(given).toEqual([]);
  });
});

describe('weights that do not store the ε of their batch norms', () => {
  const epsilonOf = (file: string, answer: unknown) => [{ file, bnEpsilon: answer }];

  it('are asked about and read with the answer; what is made of them too', async () => {
    const { services, memory, requests } = made(['/net.pth'], 'bnEpsilon');
    answers.next = labelled('ε = 1e-3');
    await inspectClearly(services, '/net.pth');
    expect(requests.at(-1)).toEqual({ path: '/net.pth', readings: epsilonOf('/net.pth', 1e-3) });
    const convert = { path: '/net.pth', output: '/net.acnet.pth' };
    await services.reader.call('convert', convert as never);
    expect(memory.bnEpsilon.of('/net.acnet.pth')).toBe(1e-3);
  });

  it('have any value above 0 that is typed', async () => {
    const { services, memory } = made(['/net.pth'], 'bnEpsilon');
    answers.next = (offered) => (offered.length === 0 ? '0.00002' : labelled('Another ε…')(offered));
    await inspectClearly(services, '/net.pth');
    expect(memory.bnEpsilon.of('/net.pth')).toBe(2e-5);
  });
});

it('a job file says what was chosen, and nothing where nobody has chosen', () => {
  const [file, checkpoint] = ['/home/a.acnet.json', '/home/net.onnx'];
  const text = jobText(file, checkpoint, {
    data: '/images',
    reading: { equalWeights: 'separate', bnEpsilon: 1e-3 },
  });
  expect(readJob(text, file)).toMatchObject({ equalWeights: 'separate', bnEpsilon: 1e-3 });
  expect(jobText(file, checkpoint, { data: '/images' })).not.toContain('equalWeights');
});
