/** The one place that touches the editor's side of the page. */
import type { PageMessage } from '../src/contract/page';

interface VsCodeApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();
let kept = api.getState() as object | undefined;

/** Tells the host what the person wants. */
export function send(message: PageMessage): void {
  api.postMessage(message);
}

/** What this view remembered when it was last hidden or reloaded. */
export function remembered(): unknown {
  return api.getState();
}

/** Takes the place of the parts of the same names. */
export function remember(part: object): void {
  kept = { ...kept, ...part };
  api.setState(kept);
}
