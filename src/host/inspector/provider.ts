import path from 'node:path';
import * as vscode from 'vscode';
import { diskPath } from '../checkpoints/target';
import { Owner } from '../dispose';
import type { Rereading } from '../memory/answers';
import { filesMeasuredOn } from '../facts/facts';
import type { FileStates } from '../facts/states';
import type { Measurements } from '../facts/measurements';
import type { Ticked } from '../services';
import type { InspectorState } from '../../contract/page';
import { contextsOf } from './abilities';
import { InspectorModel, type InspectedFile, type ModelServices } from './model';
import { InspectorPanel, type PageActions } from './panel';
import { OPTIONAL_VIEW_TYPE, VIEW_TYPE } from './view-types';
import { FileFollower, watchFile } from './watch';
import { type Log } from '../ui/window';

/** Opens a file in the inspector, whatever its default editor. */
export async function openInInspector(uri: vscode.Uri): Promise<void> {
  const viewType = path.posix.extname(uri.path).toLowerCase() === '.keras' ? VIEW_TYPE : OPTIONAL_VIEW_TYPE;
  await vscode.commands.executeCommand('vscode.openWith', uri, viewType);
}

/** An open checkpoint; VS Code makes one for each file, however many editors show it. */
class InspectorDocument extends Owner implements vscode.CustomDocument {
  readonly panels = new Set<InspectorPanel>();
  /** The page that was used last. */
  latest: InspectorPanel | undefined;

  constructor(
    readonly uri: vscode.Uri,
    readonly model: InspectorModel,
    onDispose: () => void,
  ) {
    super();
    this.track({ dispose: onDispose });
    this.track(model);
  }
}

/** What inspectors need of the extension; actions are made anew for each file. */
export interface ProviderServices extends ModelServices {
  readonly extensionUri: vscode.Uri;
  readonly log: Log;
  readonly states: FileStates;
  readonly measurements: Measurements;
  readonly rereading: Rereading;
  actionsFor(uri: vscode.Uri): PageActions;
}

/** The inspector editor, and the models of what is open in it. */
export class InspectorProvider
  extends Owner
  implements vscode.CustomReadonlyEditorProvider<InspectorDocument>
{
  private readonly documents = new Map<string, InspectorDocument>();
  private active: InspectorDocument | undefined;
  private backend: InspectorState['backend'];
  private readonly context = new Map<string, boolean>();

  constructor(private readonly services: ProviderServices) {
    super();
    for (const viewType of [VIEW_TYPE, OPTIONAL_VIEW_TYPE]) {
      this.track(
        vscode.window.registerCustomEditorProvider(viewType, this, {
          supportsMultipleEditorsPerDocument: true,
        }),
      );
    }
    this.track(services.rereading.onChange((file) => void this.modelOf(vscode.Uri.file(file))?.load()));
    this.track(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        for (const { model } of this.documents.values()) model.setTrusted(true);
      }),
    );
  }

  /** The model of an open file. */
  modelOf(uri: vscode.Uri): InspectorModel | undefined {
    return this.documents.get(uri.toString())?.model;
  }

  /**
   * What is ticked in a file's table of sites, on the page that was used last.
   * @returns `default` while nobody has changed a tick, undefined where no page shows the file
   */
  tickedIn(key: string): Ticked | undefined {
    const { panels, latest } = this.documents.get(key) ?? {};
    const [first] = panels ?? [];
    const page = latest ?? first;
    return page && (page.ticked ?? 'default');
  }

  /** Tells every page what networks run on. */
  setBackend(backend: InspectorState['backend']): void {
    this.backend = backend;
    for (const { model } of this.documents.values()) model.setBackend(backend);
  }

  /** As if a page of an open file had said it. */
  receive(uri: vscode.Uri, message: unknown): void {
    const [panel] = this.documents.get(uri.toString())?.panels ?? [];
    panel?.received(message);
  }

  /** How many pages of an open file have said that they listen. */
  readyPages(uri: vscode.Uri): number {
    return [...(this.documents.get(uri.toString())?.panels ?? [])].filter(({ isReady }) => isReady).length;
  }

  openCustomDocument(uri: vscode.Uri): InspectorDocument {
    const model = new InspectorModel(inspectedFile(uri), this.services);
    const { states } = this.services;
    const key = uri.toString();
    model.setFacts(states.get(key));
    if (this.backend) model.setBackend(this.backend);
    const document = new InspectorDocument(uri, model, () => this.documents.delete(uri.toString()));
    this.documents.set(uri.toString(), document);
    const look = (): void => void this.services.measurements.look(key);
    document.track(
      watchFile(uri, () => {
        void model.load();
        look();
      }),
    );
    const follower = document.track(new FileFollower(look));
    const follow = (): void => follower.follow(filesMeasuredOn(states.get(key)));
    document.track(model.onChange(() => this.updateContext()));
    document.track(
      states.onChange((changed) => {
        if (changed !== key) return;
        model.setFacts(states.get(key));
        follow();
      }),
    );
    follow();
    look();
    void model.load();
    return document;
  }

  resolveCustomEditor(document: InspectorDocument, webviewPanel: vscode.WebviewPanel): void {
    const { extensionUri, log } = this.services;
    const actions = this.services.actionsFor(document.uri);
    const panel = new InspectorPanel(webviewPanel.webview, document.model, actions, log, extensionUri);
    document.panels.add(panel);
    const follow = (): void => {
      if (webviewPanel.active) {
        this.active = document;
        document.latest = panel;
      } else if (this.active === document) this.active = undefined;
      this.updateContext();
    };
    panel.track(webviewPanel.onDidChangeViewState(follow));
    webviewPanel.onDidDispose(() => {
      document.panels.delete(panel);
      if (document.latest === panel) document.latest = undefined;
      panel.dispose();
      if (document.panels.size === 0 && this.active === document) this.active = undefined;
      this.updateContext();
    });
    follow();
  }

  /** What the active inspector's file allows, for the `when` clauses of the menus. */
  private updateContext(): void {
    const inspect = this.active?.model.state.inspect;
    const allowed = contextsOf(inspect?.phase === 'ready' ? inspect.value : undefined);
    for (const [key, value] of allowed) this.setContext(key, value);
  }

  /** States change often while something runs, contexts hardly ever. */
  private setContext(key: string, value: boolean): void {
    if (this.context.get(key) === value) return;
    this.context.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}

function inspectedFile(uri: vscode.Uri): InspectedFile {
  const fileName = path.posix.basename(uri.path);
  try {
    return { fileName, path: diskPath(uri) };
  } catch (error) {
    return { fileName, path: uri.toString(true), refusal: error as Error };
  }
}
