import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildCases, hasCases, whyNoCases } from '../support/cases';
import { temporaryFolder } from '../support/folders';

it.skipIf(!hasCases)(`builds cases beside the repository by their names${whyNoCases}`, () => {
  const folder = temporaryFolder();
  buildCases('torch', ['whole_module', 'layer_scale'], folder);
  for (const name of ['whole_module.pth', 'layer_scale.onnx', 'layer_scale.pth'])
    expect(existsSync(join(folder, name)), name).toBe(true);
  expect(() => buildCases('torch', ['no_such_case'], folder)).toThrow('not built: no_such_case');
});
