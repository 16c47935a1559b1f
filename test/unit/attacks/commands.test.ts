import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE, UNSEEN } from '../../support/hostile';
import { PLACES } from '../../support/hostile-files';
import { acnet, type Run } from '../cli/run';

let root: string;
const here = process.cwd();
beforeAll(() => (root = mkdtempSync(join(tmpdir(), 'acnet-names-'))));
afterEach(() => process.chdir(here));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What every command said of files with a text in one place. */
async function runs(make: (typeof PLACES)[number]['make'], text: string): Promise<[string, Run][]> {
  const made = make(text);
  if (!made) return [];
  const folder = mkdtempSync(join(root, 'case-'));
  for (const [name, content] of Object.entries(made.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  process.chdir(folder);
  const all: [string, Run][] = [];
  for (const command of made.commands) all.push([command.join(' '), await acnet(...command)]);
  process.chdir(here);
  expect(readdirSync(folder)).not.toContain('PWNED');
  rmSync(folder, { recursive: true, force: true });
  return all;
}

/** That a terminal shows what was written, and shows it in the lines that the command made. */
function expectText({ out, err }: Run, text: string, what: string): void {
  for (const stream of [out, err]) {
    const lines = stream.split('\n');
    for (const line of lines) expect(UNSEEN.test(line), `${what}: ${JSON.stringify(line)}`).toBe(false);
    for (const piece of text
      .split(/[\n\r]/)
      .slice(1)
      .filter((each) => each.length > 2))
      expect(
        lines.some((line) => line.startsWith(piece)),
        `${what}: a line of its own, ${JSON.stringify(piece)}`,
      ).toBe(false);
  }
  for (const line of err.split('\n').filter(Boolean)) expect(line, what).toMatch(/^acnet: /);
}

describe('what a terminal gets of a stranger’s text', () => {
  it('is tried in at least 30 places with at least 40 texts', () => {
    expect(PLACES.length).toBeGreaterThanOrEqual(30);
    expect(new Set(HOSTILE).size).toBeGreaterThanOrEqual(40);
  });

  it.each(PLACES)('is text, from $name', async ({ make }) => {
    for (const text of HOSTILE) {
      for (const [command, run] of await runs(make, text)) {
        expectText(run, text, `${command} of ${JSON.stringify(text)}`);
        if (command.endsWith('--json') && run.code === 0) run.json();
      }
    }
  });

  it.each(PLACES.filter(({ isShown = true }) => isShown))('is there at all, from $name', async ({ make }) => {
    const said = (await runs(make, 'Zebra_7')).map(([, { out, err }]) => out + err).join('\n');
    expect(said).toContain('Zebra_7');
  });
});
