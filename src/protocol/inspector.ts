import { z } from 'zod';
import type { InspectResult, KernelsResult, Progress } from '../operations/results';

/** What went wrong with a file, ready to be shown. */
export interface ErrorState {
  readonly title: string;
  readonly file?: string;
  readonly where?: string;
  readonly found?: string;
  readonly allowed?: string;
}

/** A part of the page's data that arrives on its own. */
export type Loadable<T> =
  | { readonly phase: 'idle' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'error'; readonly error: ErrorState };

/** A job that acts on the open file. */
export interface JobState {
  readonly title: string;
  readonly progress?: Progress;
}

/** Everything the page shows; the host owns it, the page draws it. */
export interface InspectorState {
  readonly fileName: string;
  readonly path: string;
  /** BCP 47 tag for numbers. */
  readonly locale: string;
  /** False in a restricted workspace: files are shown, nothing is run. */
  readonly trusted: boolean;
  readonly inspect: Loadable<InspectResult>;
  /** Milliseconds the header took to read. */
  readonly readMilliseconds?: number;
  readonly kernels: Loadable<KernelsResult>;
  readonly job?: JobState;
}

/** Host to page. */
export interface StateMessage {
  readonly type: 'state';
  readonly state: InspectorState;
}

/** Page to host: what the person wants. */
export const pageMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('loadKernels') }),
  z.strictObject({ type: z.literal('retry') }),
  z.strictObject({
    type: z.literal('convert'),
    layers: z.array(z.string().max(4096)).max(100_000).optional(),
  }),
  z.strictObject({ type: z.literal('fuse') }),
  z.strictObject({ type: z.literal('cancelJob') }),
  z.strictObject({ type: z.literal('showLog') }),
  z.strictObject({ type: z.literal('copy'), text: z.string().max(5_000_000) }),
]);

export type PageMessage = z.infer<typeof pageMessage>;
