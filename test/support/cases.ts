import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onnxPackages, runPython, runTorch } from './peers';

/** Builders of networks as people have them. They lie beside the repository, where there are any. */
const BUILDERS = join(import.meta.dirname, '../../../shared/cases');
const SCRIPTS = { torch: 'torch_cases.py', keras: 'keras_cases.py' } as const;

/** True where the builders are: a test that needs them is left out elsewhere. */
export const hasCases = existsSync(join(BUILDERS, SCRIPTS.torch));

/** For the title of such a test: why it is left out; empty where it runs. */
export const whyNoCases = hasCases ? '' : ' (skipped: ../shared/cases is not there)';

/** The script that holds the builders. */
export const casesScript = (kind: keyof typeof SCRIPTS): string => join(BUILDERS, SCRIPTS[kind]);

/**
 * Builds cases into a folder.
 * @param names the builders' functions; each writes one or several files
 * @throws Error with the builder's words if it could not build one
 */
export function buildCases(kind: keyof typeof SCRIPTS, names: readonly string[], folder: string): void {
  const script = casesScript(kind);
  const output =
    kind === 'torch'
      ? runTorch(join(import.meta.dirname, 'run-torch-case.py'), [onnxPackages(), script, folder, ...names])
      : runPython(script, [folder, ...names]);
  const missing = names.filter((name) => !output.split('\n').includes(`built ${name}`));
  if (missing.length > 0) throw new Error(`not built: ${missing.join(', ')}\n${output}`);
}
