import path from 'node:path';
import type * as vscode from 'vscode';
import { calls, type CallName } from '../../contract/calls';
import type { AssumedNetworkResult } from '../../contract/results';
import { notify } from '../ui/window';

/** Says what the network of a file is assumed to be, once for each file and network, whatever is done with it. */
export class AssumedTeller {
  private readonly told = new Set<string>();

  constructor(private readonly log: Pick<vscode.LogOutputChannel, 'warn'>) {}

  tell({ path: file, network }: AssumedNetworkResult, call: CallName): void {
    const key = `${file}\n${network}`;
    if (calls[call].onPage || this.told.has(key)) return;
    this.told.add(key);
    this.log.warn(`${file}: ${network}`);
    void notify('info', `${path.basename(file)}: ${network}`);
  }
}
