import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { pageMessage, type PageMessage, type Said } from '../../contract/intents';
import type { StateMessage } from '../../contract/page';
import { Owner } from '../dispose';
import { inspectorHtml } from './html';
import type { InspectorModel } from './model';
import { PageSlices } from './page-slices';
import { type Log } from '../ui/window';

/** What a page says that is between it and the model of its file. */
type Own = 'ready' | 'loadKernels' | 'kernelSlices' | 'retry' | 'ticked' | 'copy';

/** What a page can ask for beside reading its own file: an action for each further message of the contract. */
export type PageActions = {
  readonly [T in Exclude<PageMessage['type'], Own>]: (said: Said<T>) => unknown;
} & {
  /** A page listens. */
  shown(): void;
};

// A run tells more than anyone can read, and a state holds the whole file's kernels.
const POST_MILLISECONDS = 100;

/** One page: sends the model's state once the page is ready, and turns its checked messages into actions. */
export class InspectorPanel extends Owner {
  private ready = false;
  private ticks: readonly string[] | undefined;
  private posting: NodeJS.Timeout | undefined;
  private posted = -Infinity;
  private readonly slices: PageSlices;

  constructor(
    private readonly webview: vscode.Webview,
    private readonly model: InspectorModel,
    private readonly actions: PageActions,
    private readonly log: Log,
    extensionUri: vscode.Uri,
  ) {
    super();
    const resources = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    // Not defaulted for custom editors in every supported VS Code.
    webview.options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [resources] };
    this.track(webview.onDidReceiveMessage((message: unknown) => this.received(message)));
    this.track(model.onChange(() => this.post()));
    this.slices = this.track(new PageSlices(model, () => this.post()));
    webview.html = inspectorHtml({
      title: model.state.fileName,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'inspector.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(resources, 'inspector.css')).toString(),
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString('base64url'),
    });
  }

  /** What is ticked in this page's table of sites; undefined while it is each site's own default. */
  get ticked(): readonly string[] | undefined {
    return this.ticks;
  }

  /** True once the page has said that it listens. */
  get isReady(): boolean {
    return this.ready;
  }

  /** What the page says is not to be relied on. */
  received(raw: unknown): void {
    const parsed = pageMessage.safeParse(raw);
    if (parsed.success) this.act(parsed.data);
    else this.log.warn(`malformed message from the inspector's page: ${parsed.error.issues[0]?.message}`);
  }

  private act({ type, ...said }: PageMessage): void {
    // The types of both objects say that the action of a type takes what its message says.
    const action = { ...this.actions, ...this.own }[type] as (said: object) => unknown;
    action(said);
  }

  private readonly own: { readonly [T in Own]: (said: Said<T>) => unknown } = {
    ready: () => {
      this.ready = true;
      this.posted = -Infinity;
      this.post();
      this.actions.shown();
    },
    loadKernels: () => {
      if (this.model.state.kernels.phase !== 'loading') void this.model.read('kernels');
    },
    kernelSlices: (wanted) => void this.slices.load(wanted),
    retry: () => void this.model.load(),
    ticked: ({ layers }) => void (this.ticks = layers),
    copy: ({ text }) => void vscode.env.clipboard.writeText(text),
  };

  /** Changes that follow each other quickly go out as one message. */
  private post(): void {
    if (!this.ready || this.posting) return;
    const wait = Math.max(0, this.posted + POST_MILLISECONDS - performance.now());
    this.posting = setTimeout(() => {
      this.posting = undefined;
      if (this.isDisposed) return;
      this.posted = performance.now();
      const slices = this.slices.state;
      const state = { ...this.model.state, ...(slices && { slices }) };
      const message: StateMessage = { type: 'state', state };
      void this.webview.postMessage(message);
    }, wait);
  }
}
