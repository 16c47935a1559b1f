#!/usr/bin/env node
// Asks the registry for known weaknesses of what package-lock.json names. `npm run audit`
// Ends with 0: none but those allowed, with reasons, in scripts/audit-allow.json; 1: others; 2: no answer.
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './setup/shared.mjs';

/** What was found is `vulnerabilities`; anything else is a refusal, or no answer at all. */
export function judge(text, allowed) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { code: 2, lines: ['npm audit gave no answer that can be read'] };
  }
  if (typeof report?.vulnerabilities !== 'object') {
    // Its words name the registry's address.
    const why = report?.statusCode ?? report?.error?.code ?? 'no reason given';
    return {
      code: 2,
      lines: [`the registry does not answer audits (${why}): nothing is known, good or bad`],
    };
  }
  const advisories = advisoriesOf(report.vulnerabilities);
  const isAllowed = (advisory) =>
    allowed.some(({ id, package: name }) => id === advisory.id && name === advisory.package);
  const isFound = ({ id, package: name }) =>
    advisories.some((each) => each.id === id && each.package === name);
  const open = advisories.filter((advisory) => !isAllowed(advisory));
  const idle = allowed.filter((entry) => !isFound(entry));
  const lines = [
    ...open.map(
      (found) => `${found.package}: ${found.severity}: ${found.title} (${found.id}, ${found.range})`,
    ),
    ...idle.map(
      ({ id, package: name }) => `${name}: ${id} is allowed and no longer found; take it off the list`,
    ),
  ];
  if (lines.length > 0) return { code: 1, lines };
  return { code: 0, lines: [`no known weakness but ${allowed.length} allowed`] };
}

/** Each once: npm repeats an advisory for every package that depends on the one it is about. */
function advisoriesOf(vulnerabilities) {
  const found = new Map();
  for (const { via } of Object.values(vulnerabilities)) {
    for (const cause of via) {
      if (typeof cause === 'string') continue; // named under its own package
      const id = cause.url?.split('/').at(-1) ?? String(cause.source);
      const { name, severity, title, range } = cause;
      found.set(`${name} ${id}`, { id, package: name, severity, title, range });
    }
  }
  return [...found.values()].sort((a, b) => a.package.localeCompare(b.package, 'en'));
}

/** An allowed weakness: the advisory, the package it is about, and why it does no harm here. */
export function readAllowed() {
  return JSON.parse(readFileSync(path.join(root, 'scripts/audit-allow.json'), 'utf8'));
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['audit', '--json', '--package-lock-only', '--audit'];
  const { stdout } = spawnSync(npm, args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const { code, lines } = judge(stdout ?? '', readAllowed());
  for (const line of lines) (code === 0 ? console.log : console.error)(line);
  process.exitCode = code;
}
