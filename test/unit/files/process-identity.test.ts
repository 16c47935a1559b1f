import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  identityFromJson,
  identityFromName,
  identityToName,
  isAlive,
  isInUse,
  isOfThisHost,
  startOf,
  thisProcess,
} from '../../../src/files/process-identity';

const own = thisProcess();

describe('which process it was', () => {
  it('is known of this one, the same at each call', () => {
    expect(own.pid).toBe(process.pid);
    expect(thisProcess()).toEqual(own);
    expect(isOfThisHost(own)).toBe(true);
    expect(isAlive(own)).toBe(true);
  });

  it('is not the one that has its pid now', () => {
    // Where a system does not say when a process started, a pid in use has to count as the holder's.
    const knows = startOf(process.pid) !== undefined;
    expect(knows).toBe(process.platform !== 'win32');
    expect(isAlive({ ...own, started: 'a1x5' })).toBe(!knows);
    expect(isAlive({ ...own, started: '0' })).toBe(true);
  });

  it('is dead once its pid is free, and alive before', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const { pid = 0 } = child;
    const holder = { ...own, pid, started: startOf(pid) ?? '0' };
    expect(isAlive(holder)).toBe(true);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(isInUse(pid)).toBe(false);
    expect(isAlive(holder)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is dead while its parent has not noticed it', () => {
    // The shell's child ends, and nobody asks for it: it stays in the table as long as the `sleep` lives.
    const script = 'sleep 0 & echo $!; exec sleep 60';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    return once(parent.stdout, 'data').then(async ([text]) => {
      const pid = Number(String(text));
      while (startOf(pid) !== 'ended') await new Promise((resolve) => setTimeout(resolve, 5));
      expect(isInUse(pid)).toBe(true);
      expect(isAlive({ ...own, pid, started: 'a1x5' })).toBe(false);
      parent.kill('SIGKILL');
    });
  });

  it('counts as alive on another host', () => {
    const { pid = 0 } = spawnSync(process.execPath, ['-e', '']);
    expect(isAlive({ ...own, pid })).toBe(false);
    const elsewhere = { ...own, pid, host: 'other_00000000' };
    expect(isOfThisHost(elsewhere)).toBe(false);
    expect(isAlive(elsewhere)).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('can be asked of ps, as on macOS', () => {
    const { pid, started } = { pid: process.pid, started: startOf(process.pid, 'darwin') };
    expect(started).toMatch(/^[a-z]{6}\d{8,12}$/);
    expect(startOf(pid, 'darwin')).toBe(started);
    const { pid: gone = 0 } = spawnSync(process.execPath, ['-e', '']);
    expect(startOf(gone, 'darwin')).toBeUndefined();
    expect(startOf(pid, 'win32')).toBeUndefined();
  });
});

describe('its forms', () => {
  it('are read as they were written', () => {
    expect(identityFromName(identityToName(own))).toEqual(own);
    expect(identityToName(own)).toMatch(/^[a-z0-9-]*_[0-9a-f]{8}\.\d+\.[0-9a-z]+$/);
    expect(identityFromJson(JSON.parse(JSON.stringify(own)))).toEqual(own);
    expect(identityFromJson({ ...own, more: 1 })).toEqual(own);
  });

  it.each([
    '',
    'a.1',
    `${own.host}.1`,
    `${own.host}.0.a`,
    `${own.host}.01.a`,
    `${own.host}.-1.a`,
    `${own.host}.1.a.b`,
    `${own.host}.99999999999.a`,
    `../${own.host}.1.a`,
  ])('are refused from a name that is not one: %s', (name) => {
    expect(identityFromName(name)).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    'a',
    [],
    {},
    { ...own, pid: 0 },
    { ...own, pid: -1 },
    { ...own, pid: 1.5 },
    { ...own, pid: '1' },
    { ...own, host: '../x_00000000' },
    { ...own, host: 7 },
    { ...own, started: '' },
    { ...own, started: 'a/b' },
  ])('are refused from JSON that is not one: %j', (json) => {
    expect(identityFromJson(json)).toBeUndefined();
  });
});
