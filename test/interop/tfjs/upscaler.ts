import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../../../scripts/setup/shared.mjs';

const NAME = '@upscalerjs/default-model';
const VERSION = '1.0.0';

/** The path of a published model, fetched once into the cache that the set-up fills. */
export function upscalerModel(): string {
  const folder = path.join(cache, 'models', `upscalerjs-default-model-${VERSION}`);
  if (!existsSync(folder)) fetchInto(folder);
  return path.join(folder, 'package', 'models', 'model.json');
}

function fetchInto(folder: string): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    execFileSync('npm', ['pack', `${NAME}@${VERSION}`, '--silent', '--pack-destination', temporary], {
      cwd: temporary,
    });
    const [archive] = readdirSync(temporary).filter((name) => name.endsWith('.tgz'));
    execFileSync('tar', ['xzf', archive], { cwd: temporary });
    rmSync(path.join(temporary, archive));
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
