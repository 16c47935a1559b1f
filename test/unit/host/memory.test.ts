import { beforeEach, describe, expect, it } from 'vitest';
import { forgetAnswers } from '../../../src/host/commands/forget-answers';
import { FileStates } from '../../../src/host/facts/states';
import { ANSWERS, openMemories, rereadingOf, type Memories } from '../../../src/host/memory/answers';
import type { CommandServices } from '../../../src/host/services';
import { given, Uri } from '../../support/vscode';

const FILE = '/models/net.onnx';
const ALL = { data: '/mnist', against: '/other.onnx', preprocessing: { scale: 1 } };

/** The answers of a workspace, what its pages show, and which files are read anew. */
function made() {
  const kept = new Map<string, unknown>();
  const store = {
    get: (key: string): unknown => kept.get(key),
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, structuredClone(value))),
  };
  const states = new FileStates();
  const memory = openMemories(store, states, (file) => `file://${file}`);
  const reread: string[] = [];
  rereadingOf(memory).onChange((file) => reread.push(file));
  const lines: string[] = [];
  const services = {
    memory,
    log: { info: (line: string) => lines.push(line) },
  } as unknown as CommandServices;
  const forget = () => forgetAnswers.run(services, Uri.file(FILE), undefined);
  return { store, states, memory, reread, lines, forget };
}

function answerAll({ data, against, preprocessing, architecture, equalWeights, bnEpsilon }: Memories): void {
  data.remember(FILE, ALL.data);
  against.remember(FILE, ALL.against);
  preprocessing.remember(FILE, ALL.preprocessing);
  architecture.remember(FILE, 'none');
  equalWeights.remember(FILE, 'separate');
  bnEpsilon.remember(FILE, 1e-3);
}

describe('answers for a file', () => {
  beforeEach(() => void (given.length = 0));

  it('are forgotten, every one of them, here and in the next window', async () => {
    const { store, states, memory, reread, forget } = made();
    answerAll(memory);
    memory.data.remember('/models/another.onnx', '/cifar');
    expect(states.get(`file://${FILE}`)).toEqual({
      ...{ lastData: '/mnist', lastAgainst: '/other.onnx', architecture: 'none' },
    });
    reread.length = 0;
    expect(await forget()).toEqual(Object.values(ANSWERS).map(({ words }) => words));
    expect(Object.values(memory).map((each) => each.of(FILE))).toEqual(
      Object.keys(ANSWERS).map(() => undefined),
    );
    expect(states.get(`file://${FILE}`)).toEqual({});
    expect(new Set(reread)).toEqual(new Set([FILE]));
    const later = openMemories(store, new FileStates(), (file) => file);
    expect(Object.values(later).map((each) => each.of(FILE))).toEqual(
      Object.keys(ANSWERS).map(() => undefined),
    );
    expect(later.data.of('/models/another.onnx')).toBe('/cifar');
    expect(given.map(([, text]) => text).join()).toMatch(
      /net\.onnx are forgotten: images, second checkpoint/,
    );
  });

  it('that are none are said to be none, and nothing is read anew', async () => {
    const { reread, forget } = made();
    expect(await forget()).toEqual([]);
    expect(given.map(([, text]) => text)).toEqual(['No answers are remembered for net.onnx.']);
    expect(reread).toEqual([]);
  });

  it('are asked for once; when they are forgotten, a question that was left is asked again', async () => {
    const { memory, reread, forget } = made();
    expect(memory.equalWeights.isToBeAsked(FILE, 'notification')).toBe(true);
    expect(memory.equalWeights.isToBeAsked(FILE, 'notification')).toBe(false);
    expect(await forget()).toEqual(['equal weights']);
    // Reading the file anew is what asks beside its page.
    expect(reread).toEqual([FILE]);
    expect(memory.equalWeights.isToBeAsked(FILE, 'notification')).toBe(true);
  });
});
