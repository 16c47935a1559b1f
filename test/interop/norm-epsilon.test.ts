import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tellingAssumed } from '../../src/files/assumed';
import { convertFile } from '../../src/operations/convert/convert';
import { fuseFile } from '../../src/operations/fuse';
import { buildCases, hasCases, whyNoCases } from '../support/cases';
import { runTorch } from '../support/peers';
import { quiet } from '../support/quiet';

const folder = mkdtempSync(join(tmpdir(), 'acnet-norm-epsilon-'));
const script = join(import.meta.dirname, 'norm-epsilon', 'run.py');
const file = (name: string): string => join(folder, name);
const CONVERSION = { variant: 'skeleton', branches: 'zero', assumeNorms: true } as const;

beforeAll(() => void runTorch(script, ['make', folder]));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Converts weights with an ε that is stated, or none, and fuses the result with nothing stated.
 * @returns how far the fused files are from the original in PyTorch, with batch norms and folded; what fusing assumed
 */
async function there(name: string, bnEpsilon: number | undefined) {
  const [stem = '', extension = ''] = name.split('.');
  const at = (what: string): string => file(`${stem}-${bnEpsilon ?? 'unsaid'}.${what}.${extension}`);
  const convert = () => convertFile(file(name), at('acnet'), CONVERSION, quiet);
  const unseen = (): void => undefined;
  await tellingAssumed(convert, unseen, () => ({ bnEpsilon }));
  const { assumed } = await tellingAssumed(async () => {
    await fuseFile(at('acnet'), at('fused'), { fold: false }, quiet);
    await fuseFile(at('acnet'), at('folded'), { fold: true }, quiet);
  }, unseen);
  const files = [file(name), at('fused'), at('folded')];
  const differences = JSON.parse(runTorch(script, ['compare', '1e-3', ...files])) as number[];
  return { differences, assumed: assumed.map(({ network }) => network) };
}

describe('batch norms whose ε is not PyTorch’s default, in a weights-only file', () => {
  it.each(['own.pth', 'own.safetensors'])('%s is the same network once ε is stated', async (name) => {
    const { differences, assumed } = await there(name, 1e-3);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1e-5);
    expect(assumed).toEqual([]);
  });

  it('is another network where nobody states it, and that is reported', async () => {
    const { differences, assumed } = await there('own.pth', undefined);
    expect(Math.min(...differences)).toBeGreaterThan(1e-3);
    expect(assumed).toEqual([
      'the ε of 6 batch norms is assumed to be 1e-5, the default of PyTorch: the file does not store it',
    ]);
  });

  it.runIf(hasCases)(`the builders’ case agrees too${whyNoCases}`, async () => {
    buildCases('torch', ['epsilon'], folder);
    const { differences, assumed } = await there('epsilon.pth', 1e-3);
    expect(Math.max(...differences)).toBeLessThanOrEqual(1e-5);
    expect(assumed).toEqual([]);
    expect(Math.min(...(await there('epsilon.pth', undefined)).differences)).toBeGreaterThan(1e-2);
  });
});
