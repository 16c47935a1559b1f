import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../src/contract/operations';
import { COMMANDS } from '../../../src/host/commands';

describe('what a page asks of an operation', () => {
  const asked = OPERATIONS.flatMap(({ intents }) => Object.keys(intents));
  const done = COMMANDS.flatMap(({ fromPage }) => Object.keys(fromPage ?? {}));

  it('is done by one command', () => {
    expect([...done].sort()).toEqual([...asked].sort());
    expect(new Set(done).size).toBe(done.length);
  });
});
