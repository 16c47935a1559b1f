import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FileChanges } from '../../../src/host/inspector/file-changes';

let folder: string;
let file: string;
let changes: FileChanges | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'acnet-changes-'));
  file = path.join(folder, 'net.keras');
  await writeFile(file, 'first');
});
afterEach(async () => {
  changes?.dispose();
  await rm(folder, { recursive: true });
});

function follow(): ReturnType<typeof vi.fn> {
  const onChange = vi.fn();
  changes = new FileChanges(file, onChange, 20);
  return onChange;
}

const times = (onChange: ReturnType<typeof vi.fn>, count: number) =>
  vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(count), { timeout: 60_000 });

it('finds by itself what no event tells: another file in its place, none, the file again', async () => {
  const onChange = follow();
  await writeFile(`${file}.new`, 'other');
  await rename(`${file}.new`, file);
  await times(onChange, 1);
  await rm(file);
  await times(onChange, 2);
  await writeFile(file, 'again');
  await times(onChange, 3);
});

it('an event is reported once, and the looks after it find nothing new', async () => {
  const onChange = follow();
  await writeFile(file, 'second');
  changes?.heard();
  changes?.heard();
  await times(onChange, 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(onChange).toHaveBeenCalledTimes(1);
});

it('says nothing once it is disposed of', async () => {
  const onChange = follow();
  changes?.heard();
  changes?.dispose();
  await rm(file);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(onChange).not.toHaveBeenCalled();
});
