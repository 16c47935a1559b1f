import path from 'node:path';
import type * as vscode from 'vscode';
import type { AssumedNetworkResult } from '../../contract/results';
import { announce } from '../kit/announce';

/** Calls whose answers stand on the page of their file, which says what its network is assumed to be. */
const ON_PAGE: ReadonlySet<string> = new Set(['inspect', 'kernels', 'kernelSlices']);

/** Says what the network of a file is assumed to be, once for each file and network, whatever is done with it. */
export class AssumedTeller {
  private readonly told = new Set<string>();

  constructor(private readonly log: Pick<vscode.LogOutputChannel, 'warn'>) {}

  tell({ path: file, network }: AssumedNetworkResult, call: string): void {
    const key = `${file}\n${network}`;
    if (ON_PAGE.has(call) || this.told.has(key)) return;
    this.told.add(key);
    this.log.warn(`${file}: ${network}`);
    announce(`${path.basename(file)}: ${network}`, []);
  }
}
