/** The one place that touches the editor's side of the page. */
import type { PageMessage } from '../src/protocol/inspector';

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** Tells the host what the person wants. */
export function send(message: PageMessage): void {
  api.postMessage(message);
}

/** What this view remembered when it was last hidden or reloaded. */
export function remembered(): unknown {
  return api.getState();
}

export function remember(state: unknown): void {
  api.setState(state);
}
