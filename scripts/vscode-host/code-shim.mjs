#!/usr/bin/env node
// Stands in for VS Code's executable: @vscode/test-electron's runTests({ vscodeExecutablePath }) starts it with the
// arguments of VS Code. It runs the tests in the server's extension host and ends with their exit code.
import { format, stripVTControlCharacters } from 'node:util';
import { launch } from './launch.mjs';

// The workbench's own chatter, in the channel that also carries the extension host's console.
const NOISE = [
  /^Resolv(ing|ed) connection token/,
  /^Creating a socket/,
  /^\[reconnection-grace-time\]/,
  /^Updating additional builtin/,
  /^\[(AgentHost|AccountPolicyGate|Service Worker)/,
  /@vscode\/(spdlog|native-watchdog)/,
  /build\/Release\/watchdog/,
  /^getaddrinfo ENOTFOUND/,
  /^Ignoring fetching additional/,
  /^Canceled: Canceled/,
];

/** For what hangs: on a busy machine the tests take minutes. */
const LIMIT_SECONDS = process.env.ACNET_DEEP ? 5400 : 1800;

const argv = process.argv.slice(2);
const given = (name) => argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

function onLog(_type, args) {
  const text = stripVTControlCharacters(format(...[args].flat()));
  if (!NOISE.some((pattern) => pattern.test(text))) console.log(text);
}

const stopped = new Promise((resolve) => {
  process.once('SIGINT', () => resolve({ code: 130, why: 'interrupted' }));
  process.once('SIGTERM', () => resolve({ code: 143, why: 'stopped' }));
  setTimeout(resolve, LIMIT_SECONDS * 1000, { code: 124, why: `not done in ${LIMIT_SECONDS} s` }).unref();
});

const session = await launch({
  workspace: argv.find((argument) => !argument.startsWith('-')),
  extension: given('extensionDevelopmentPath'),
  tests: given('extensionTestsPath'),
  // @vscode/test-electron always switches it off.
  trust: process.env.ACNET_WORKSPACE_TRUST === 'on',
  onLog,
});
const { code, why } = await Promise.race([session.exit, stopped]);
await session.close();
if (code !== 0) console.error(`VS Code: ${why} (code ${code})`);
process.exitCode = code;
