import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { suggestExport, suggestOutput } from '../../../src/host/checkpoints/suggest-output';

const among =
  (...names: string[]) =>
  (file: string): boolean =>
    names.includes(path.basename(file));

describe('the suggested output', () => {
  it.each([
    ['model.keras', 'acnet', [], 'model.acnet.keras', undefined],
    ['my.model.v2.h5', 'acnet', [], 'my.model.v2.acnet.h5', undefined],
    ['model.keras', 'acnet', ['model.acnet.keras'], 'model.acnet-2.keras', 'model.acnet.keras'],
    [
      'model.keras',
      'acnet',
      ['model.acnet.keras', 'model.acnet-2.keras'],
      'model.acnet-3.keras',
      'model.acnet.keras',
    ],
    ['model.acnet.keras', 'fused', ['model.acnet.keras'], 'model.fused.keras', undefined],
    ['model.acnet-2.keras', 'fused', [], 'model.fused.keras', undefined],
    // A dot would make it the name of a job file.
    ['model.json', 'acnet', ['model.json'], 'model-acnet.json', undefined],
    ['model-acnet-2.json', 'fused', [], 'model-fused.json', undefined],
    ['my-acnet.keras', 'fused', [], 'my-acnet.fused.keras', undefined],
    // The source itself is neither free nor offered for replacing.
    ['model.acnet.keras', 'acnet', ['model.acnet.keras'], 'model.acnet-2.keras', undefined],
  ])('of %s as %s', (source, suffix, existing, free, taken) => {
    const suggestion = suggestOutput(`/models/${source}`, suffix, among(...existing));
    expect(suggestion).toEqual({
      free: `/models/${free}`,
      ...(taken !== undefined && { taken: `/models/${taken}` }),
    });
  });
});

describe('the suggested name of an exported network', () => {
  const onnx = { extension: '.onnx' };
  const tfjs = { extension: '.json', folder: true };
  it.each([
    ['net.keras', onnx, [], 'net.onnx', undefined],
    ['net.acnet.h5', onnx, [], 'net.acnet.onnx', undefined],
    ['net.keras', onnx, ['net.onnx'], 'net-2.onnx', 'net.onnx'],
    // The source itself is neither free nor offered for replacing.
    ['net.onnx', onnx, ['net.onnx'], 'net-2.onnx', undefined],
    ['net.pth', tfjs, [], 'net-tfjs/model.json', undefined],
    ['net.pth', tfjs, ['net-tfjs/model.json'], 'net-tfjs-2/model.json', 'net-tfjs/model.json'],
  ])('of %s as %o', (source, form, existing, free, taken) => {
    const exists = (file: string): boolean => existing.includes(path.relative('/models', file));
    expect(suggestExport(`/models/${source}`, form, exists)).toEqual({
      free: `/models/${free}`,
      ...(taken !== undefined && { taken: `/models/${taken}` }),
    });
  });
});
