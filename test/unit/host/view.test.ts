import { describe, expect, it, vi } from 'vitest';
import { bytes, describeCheckpoint } from '../../../src/host/view/describe';
import { Headers, type FileStamp } from '../../../src/host/view/headers';
import { IdleReader } from '../../../src/host/view/idle-reader';
import { arrange, type FileNode } from '../../../src/host/view/tree';
import type { InspectResult, SiteResult } from '../../../src/contract/results';
import inspected from '../../fixtures/scene-net.inspect.json';
import { LIMIT } from '../../support/limit';

const result = inspected as unknown as InspectResult;
const site = (change: Partial<SiteResult>): SiteResult => ({ ...result.sites[0], ...change });
const plain = site({ kind: 'plain', eligible: true });
const block = site({ kind: 'acb', eligible: false });
const pointwise = site({ kind: 'plain', eligible: false });

describe('what the view says of a checkpoint', () => {
  const say = (name: string, sites: readonly SiteResult[]) =>
    describeCheckpoint(name, { ...result, formatLabel: 'Keras', size: 313_200, sites, warnings: ['a note'] });

  it.each([
    ['net.keras', [plain, pointwise], 'plain', 'no ACB · 1 site · 306 KiB · Keras', true],
    ['net.fused.keras', [plain, plain], 'fused', 'fused · 2 sites · 306 KiB · Keras', true],
    ['net-fused-2.h5', [pointwise], 'fused', 'fused · 0 sites · 306 KiB · Keras', false],
    ['refused.keras', [plain], 'plain', 'no ACB · 1 site · 306 KiB · Keras', true],
    ['net.fused.keras', [block, plain], 'acnet', 'ACNet · 2 sites · 306 KiB · Keras', true],
    ['net.keras', [block], 'acnet', 'ACNet · 1 site · 306 KiB · Keras', false],
  ])('%s', (name, sites, state, text, convertible) => {
    expect(say(name, sites)).toMatchObject({ state, text, convertible });
  });

  it.each([
    [true, [], true],
    [true, ['LSTM'], false],
    [false, [], false],
  ])('a network (%s) with %j that is only passed on: exportable %s', (hasGraph, unsupported, exportable) => {
    const told = describeCheckpoint('net.keras', { ...result, hasGraph, unsupported });
    expect(told.exportable).toBe(exportable);
  });

  it('has the warnings of the file', () => {
    expect(say('net.keras', [plain]).details).toContain('Note: a note');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1024, '1.0 KiB'],
    [313_200, '306 KiB'],
    [1_048_400, '1.0 MiB'],
    [4_810_000_000, '4.5 GiB'],
  ])('%d bytes are %s', (size, text) => expect(bytes(size)).toBe(text));
});

describe('headers of files', () => {
  const stamp = (path: string, modified = 1, size = 10): FileStamp => ({ path, modified, size });

  function made(read: (path: string) => Promise<InspectResult>) {
    const changed: string[] = [];
    const reader = vi.fn((path: string) => read(path));
    return { changed, reader, headers: new Headers(reader, (path) => changed.push(path)) };
  }

  it('are read once, until the file is another', async () => {
    const { headers, reader, changed } = made(() => Promise.resolve(result));
    expect(headers.get(stamp('a'))).toEqual({ phase: 'reading' });
    await vi.waitFor(() => expect(changed).toEqual(['a']), LIMIT);
    expect(headers.get(stamp('a'))).toEqual({ phase: 'ready', value: result });
    expect(reader).toHaveBeenCalledTimes(1);
    expect(headers.get(stamp('a', 2)).phase).toBe('reading');
    await vi.waitFor(() => expect(changed).toEqual(['a', 'a']), LIMIT);
    expect(headers.get(stamp('a', 2, 11)).phase).toBe('reading');
  });

  it('are read one at a time, what was asked for last first', async () => {
    const order: string[] = [];
    let running = 0;
    const { headers, changed } = made(async (path) => {
      order.push(path);
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return result;
    });
    for (const path of ['a', 'b', 'c']) headers.get(stamp(path));
    await vi.waitFor(() => expect(changed).toHaveLength(3), LIMIT);
    expect(order).toEqual(['a', 'c', 'b']);
  });

  it('that cannot be read do not stop the others', async () => {
    const { headers, changed } = made((path) =>
      path === 'a' ? Promise.reject(new Error('no checkpoint')) : Promise.resolve(result),
    );
    headers.get(stamp('a'));
    headers.get(stamp('b'));
    await vi.waitFor(() => expect(changed).toEqual(['a', 'b']), LIMIT);
    expect(headers.get(stamp('a'))).toMatchObject({ phase: 'error', error: { message: 'no checkpoint' } });
    expect(headers.get(stamp('b')).phase).toBe('ready');
  });

  it('of files that are gone are forgotten, and none is told of after disposal', async () => {
    let answer: (value: InspectResult) => void = () => undefined;
    const { headers, changed, reader } = made(() => new Promise((resolve) => (answer = resolve)));
    headers.get(stamp('a'));
    headers.keep(new Set());
    answer(result);
    headers.get(stamp('a'));
    await vi.waitFor(() => expect(reader).toHaveBeenCalledTimes(2), LIMIT);
    headers.dispose();
    answer(result);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(changed).toEqual([]);
  });
});

describe('the view’s own reader', () => {
  function made() {
    const clients: Array<{ call: ReturnType<typeof vi.fn>; dispose: ReturnType<typeof vi.fn> }> = [];
    const reader = new IdleReader(() => {
      const client = {
        call: vi.fn(() => Promise.resolve({ ...result, readMilliseconds: 1 })),
        dispose: vi.fn(),
      };
      clients.push(client);
      return client as unknown as ReturnType<ConstructorParameters<typeof IdleReader>[0]>;
    }, 20);
    return { clients, reader, inspect: () => reader.inspect('a', new AbortController().signal) };
  }

  it('is one process while there is work, and none after a silence', async () => {
    const { clients, inspect } = made();
    expect(clients).toHaveLength(0);
    await Promise.all([inspect(), inspect()]);
    await inspect();
    expect(clients).toHaveLength(1);
    await vi.waitFor(() => expect(clients[0]?.dispose).toHaveBeenCalledTimes(1), LIMIT);
    await inspect();
    expect(clients).toHaveLength(2);
  });

  it('ends with the view', async () => {
    const { clients, reader, inspect } = made();
    await inspect();
    reader.dispose();
    expect(clients[0]?.dispose).toHaveBeenCalled();
    await expect(inspect()).rejects.toThrow('closed');
  });
});

describe('the tree', () => {
  const file = (folder: string, name: string): FileNode => ({
    ...{ kind: 'file', folder, name, path: `/w/${folder}/${name}`, size: 1, modified: 1 },
  });

  it('has the root’s files first, then folders, numbers by value', () => {
    const nodes = arrange([
      file('b', 'x'),
      file('', 'net10'),
      file('a', 'y'),
      file('', 'net9'),
      file('b', 'a'),
    ]);
    expect(
      nodes.map((node) =>
        node.kind === 'file' ? node.name : [node.folder, node.files.map(({ name }) => name)],
      ),
    ).toEqual(['net9', 'net10', ['a', ['y']], ['b', ['a', 'x']]]);
  });

  it('has its folders closed where there are many files, whose headers are not read then', () => {
    const many = Array.from({ length: 31 }, (_, i) => file('runs', `net${i}`));
    expect(arrange(many)).toMatchObject([{ open: false }]);
    expect(arrange(many.slice(1))).toMatchObject([{ open: true }]);
  });
});
