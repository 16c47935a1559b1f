import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the VS Code these tests run in', () => {
  it('is at least the version that package.json asks for', () => {
    const [major = 0, minor = 0] = vscode.version.split('.').map(Number);
    assert.ok(major > 1 || (major === 1 && minor >= 101), `found ${vscode.version}`);
  });
});
