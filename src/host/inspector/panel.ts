import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { pageMessage, type PageMessage, type StateMessage } from '../../protocol/inspector';
import { Owner } from '../dispose';
import { inspectorHtml } from './html';
import type { InspectorModel } from './model';

/** What a page can ask for beside reading its own file. */
export interface PageActions {
  convert(layers?: readonly string[]): void;
  fuse(): void;
  cancelJob(): void;
  showLog(): void;
}

/** One page: sends the model's state once the page is ready, and turns its checked messages into actions. */
export class InspectorPanel extends Owner {
  private ready = false;
  private posting = false;

  constructor(
    private readonly webview: vscode.Webview,
    private readonly model: InspectorModel,
    private readonly actions: PageActions,
    private readonly log: vscode.LogOutputChannel,
    extensionUri: vscode.Uri,
  ) {
    super();
    const resources = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    // Not defaulted for custom editors in every supported VS Code.
    webview.options = { enableScripts: true, localResourceRoots: [resources] };
    this.track(webview.onDidReceiveMessage((message: unknown) => this.received(message)));
    this.track(model.onChange(() => this.post()));
    webview.html = inspectorHtml({
      title: model.state.fileName,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'inspector.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'inspector.css')).toString(),
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
    });
  }

  /** True once the page has said that it listens. */
  get isReady(): boolean {
    return this.ready;
  }

  private received(raw: unknown): void {
    const parsed = pageMessage.safeParse(raw);
    if (parsed.success) this.act(parsed.data);
    else this.log.warn(`malformed message from the inspector's page: ${parsed.error.issues[0]?.message}`);
  }

  private act(message: PageMessage): void {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        this.post();
        break;
      case 'loadKernels':
        if (this.model.state.kernels.phase !== 'loading') void this.model.loadKernels();
        break;
      case 'kernelSlices': {
        const { type: _type, ...wanted } = message;
        void this.model.loadSlices(wanted);
        break;
      }
      case 'retry':
        void this.model.load();
        break;
      case 'convert':
        this.actions.convert(message.layers);
        break;
      case 'fuse':
        this.actions.fuse();
        break;
      case 'cancelJob':
        this.actions.cancelJob();
        break;
      case 'showLog':
        this.actions.showLog();
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
        break;
      default:
        this.log.warn(`the page's wish '${message.type}' is not met yet`);
    }
  }

  /** Changes of one turn of the event loop go out as one message. */
  private post(): void {
    if (!this.ready || this.posting) return;
    this.posting = true;
    queueMicrotask(() => {
      this.posting = false;
      if (this.isDisposed) return;
      const message: StateMessage = { type: 'state', state: this.model.state };
      void this.webview.postMessage(message);
    });
  }
}
