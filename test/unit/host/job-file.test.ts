import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dataCandidates } from '../../../src/host/data/candidates';
import { openMemories } from '../../../src/host/memory/answers';
import { FileStates } from '../../../src/host/facts/states';
import { relatives } from '../../../src/host/checkpoints/relatives';
import { jobFilesOf, jobText, suggestJobFile, writeJobFile } from '../../../src/host/training/job-file';
import { readJob } from '../../../src/operations/job/job';

describe('the job file of a checkpoint', () => {
  it.each([
    ['/m/mnist.keras', [], '/m/mnist.acnet.json', undefined],
    ['/m/mnist.acnet.keras', [], '/m/mnist.acnet.json', undefined],
    ['/m/mnist.keras', ['/m/mnist.acnet.json'], '/m/mnist-2.acnet.json', '/m/mnist.acnet.json'],
    ['/m/model.json', [], '/m/model.acnet.json', undefined],
    ['/m/model-fused-2.json', [], '/m/model.acnet.json', undefined],
  ])('of %s, beside %j, is %s', (checkpoint, existing, free, taken) => {
    expect(suggestJobFile(checkpoint, (file) => (existing as string[]).includes(file))).toEqual({
      free,
      ...(taken !== undefined && { taken }),
    });
  });

  it('has numbered ones beside it, up to the first gap', () => {
    const existing = ['/m/a.acnet.json', '/m/a-2.acnet.json', '/m/a-4.acnet.json'];
    const files = jobFilesOf('/m/a.keras', (file) => existing.includes(file));
    expect(files).toEqual(existing.slice(0, 2));
    expect(suggestJobFile('/m/a.keras', (file) => existing.includes(file)).free).toBe('/m/a-3.acnet.json');
  });

  it('is read as it was meant, with paths relative to it', () => {
    const file = '/home/ada/jobs/a.acnet.json';
    const choices = {
      data: '/home/ada/images',
      epochs: 3,
      statistics: 'frozen' as const,
      baseline: false,
      limit: 100,
    };
    const text = jobText(file, '/home/ada/models/a.keras', choices);
    expect(JSON.parse(text)).toMatchObject({
      checkpoint: '../models/a.keras',
      data: { folder: '../images' },
    });
    expect(readJob(text, file)).toMatchObject({
      checkpoint: '/home/ada/models/a.keras',
      data: { folder: '/home/ada/images', limit: 100 },
      epochs: 3,
      statistics: 'frozen',
      baseline: false,
    });
    const beside = jobText('/home/ada/a.acnet.json', '/home/ada/a.keras', { data: '/work' });
    expect(readJob(beside, '/home/ada/a.acnet.json').data.folder).toBe('/work');
  });

  it.each([
    ['/home/ada/models/net.onnx', '../models/net.onnx'],
    ['none', 'none'],
  ])('names the network %s of weights by name', (architecture, written) => {
    const file = '/home/ada/jobs/a.acnet.json';
    const text = jobText(file, '/home/ada/models/a.pth', { data: '/home/ada/images', architecture });
    expect(JSON.parse(text)).toMatchObject({ architecture: written });
    expect(readJob(text, file).architecture).toBe(architecture);
  });

  it('is written anew, and over an existing one only when told to', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'acnet-job-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'a.acnet.json');
    writeJobFile(file, 'first', false);
    expect(() => writeJobFile(file, 'second', false)).toThrow(/exists already/);
    expect(readFileSync(file, 'utf8')).toBe('first');
    writeJobFile(file, 'third', true);
    expect(readFileSync(file, 'utf8')).toBe('third');
    expect(() => writeJobFile(path.join(folder, 'no/a.acnet.json'), 'x', true)).toThrow(/cannot be written/);
    expect(readdirSync(folder)).toEqual(['a.acnet.json']);
  });
});

describe('images in a workspace', () => {
  it('are told by the names of files', () => {
    const files = [
      '/w/mnist/train-images-idx3-ubyte.gz',
      '/w/mnist/t10k-images-idx3-ubyte.gz',
      '/w/photos/cat/1.png',
      '/w/photos/cat/2.JPG',
      '/w/photos/dog/3.jpeg',
      '/w/split/train/a/1.png',
      '/w/split/val/b/1.png',
      '/w/docs/pictures/only.png',
      '/w/icon.png',
      '/w/photos/losses.csv',
      '/w/listed/images/1.png',
      '/w/listed/labels.csv',
      '/w/flat/1.jpg',
      '/w/flat/labels.TSV',
      '/w/results/accuracy.csv',
      '/w/pathmnist.npz',
      '/w/cifar-10-batches-py/data_batch_1',
      '/w/cifar-10-batches-bin/test_batch.bin',
      '/w/cifar-100-python/meta',
      '/w/cifar-100-python/train',
      '/w/notes/meta',
      '/w/other/train',
    ];
    expect(dataCandidates(files, '/w')).toEqual([
      { path: '/w/cifar-10-batches-bin', kind: 'CIFAR' },
      { path: '/w/cifar-10-batches-py', kind: 'CIFAR' },
      { path: '/w/cifar-100-python', kind: 'CIFAR' },
      { path: '/w/flat/labels.TSV', kind: 'a table' },
      { path: '/w/listed/labels.csv', kind: 'a table' },
      { path: '/w/mnist', kind: 'MNIST (IDX)' },
      { path: '/w/pathmnist.npz', kind: 'NumPy arrays' },
      { path: '/w/photos', kind: 'class folders' },
      { path: '/w/split', kind: 'class folders' },
    ]);
  });

  it('that were used are remembered for a file, the newest first for others', () => {
    const stored = new Map<string, unknown>();
    const store = {
      get: (key: string) => stored.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void stored.set(key, value)),
    };
    const keyOf = (file: string): string => `file://${file}`;
    const open = (states = new FileStates()) => openMemories(store, states, keyOf).data;
    const states = new FileStates();
    const memory = open(states);
    memory.remember('/a.keras', '/mnist');
    memory.remember('/b.keras', '/cifar');
    memory.remember('/a.keras', '/photos');
    expect(states.get('file:///a.keras').lastData).toBe('/photos');
    expect(memory.recent).toEqual(['/photos', '/cifar']);
    for (let i = 0; i < 210; i++) memory.remember(`/${i}`, `/data/${i}`);

    const later = new FileStates();
    const again = open(later);
    expect(again.of('/209')).toBe('/data/209');
    expect(again.of('/a.keras')).toBeUndefined();
    expect(again.recent).toHaveLength(50);
    expect(later.get('file:///209')).toEqual({ lastData: '/data/209' });
    stored.set('acnet.lastData', [['file:///of%20old.keras', '/mnist']]);
    expect(open().of('/of old.keras')).toBe('/mnist');
    stored.set('acnet.lastData', 'nonsense');
    expect(open().recent).toEqual([]);
  });
});

describe('what is known of a file', () => {
  it('changes part by part, and tells whose it was', () => {
    const states = new FileStates();
    const told: string[] = [];
    const listening = states.onChange((file) => told.push(file));
    states.update('a', { job: { title: 'Converting', kind: 'convert' } });
    states.update('a', { lastData: '/images' });
    states.update('a', { job: undefined });
    listening.dispose();
    states.update('b', { lastData: '/other' });
    expect(states.get('a')).toEqual({ lastData: '/images' });
    expect(states.get('c')).toEqual({});
    expect(told).toEqual(['a', 'a', 'a']);
  });
});

describe('the relatives of a checkpoint', () => {
  const files = [
    '/m/mnist.acnet/mnist.fused.keras',
    '/m/mnist.acnet.keras',
    '/m/mnist.keras',
    '/m/other.keras',
    '/m/mnist.h5',
    '/m/mnist2.keras',
  ];

  it('are of its family and format, the original first', () => {
    expect(relatives('/m/mnist.acnet.keras', files)).toEqual([
      '/m/mnist.keras',
      '/m/mnist.acnet/mnist.fused.keras',
    ]);
    expect(relatives('/m/mnist.keras', files)).toEqual([
      '/m/mnist.acnet.keras',
      '/m/mnist.acnet/mnist.fused.keras',
    ]);
    expect(relatives('/m/other.keras', files)).toEqual([]);
  });
});
