import { spawn } from 'node:child_process';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './setup/shared.mjs';

/** A tool of node_modules, started by its own file: no shell, and the same on every system. */
export const tool = (name, file, args) => ({
  name,
  command: process.execPath,
  args: [path.join(root, 'node_modules', file), ...args],
});

/** A script of this repository. */
export const script = (name, file, args = []) => ({
  name,
  command: process.execPath,
  args: [path.join(root, file), ...args],
});

/** Runs one part; its output is shown as it comes, or kept back and shown if it fails. */
async function runPart({ name, command, args }, { live }) {
  const start = performance.now();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      if (live) process.stdout.write(chunk);
    });
  }
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += `${error.message}\n`;
      resolve(1);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
  if (code !== 0 && !live) process.stdout.write(`\n--- ${name}\n${output}\n`);
  return {
    name,
    code,
    seconds: (performance.now() - start) / 1000,
    output: stripVTControlCharacters(output),
  };
}

/** Runs parts, `atOnce` of them side by side; all of them, also after a failure. */
export async function runParts(parts, { atOnce = 1 } = {}) {
  const results = [];
  const queue = [...parts.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, part] = next;
      if (atOnce === 1) console.log(`\n=== ${part.name}`);
      results[index] = await runPart(part, { live: atOnce === 1 });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Prints one line per part. @returns whether all have passed */
export function printTable(results) {
  console.log('');
  for (const { name, code, seconds } of results) {
    console.log(
      `${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(24)} ${seconds.toFixed(1).padStart(7)} s`,
    );
  }
  return results.every(({ code }) => code === 0);
}
