/** What the page shows. The host owns it; a page draws nothing that does not pass these schemas. */
import * as z from 'zod/mini';
import { fact, merged } from './operation';
import { OPERATIONS } from './operations';
import { inspectResult } from './results/inspect';
import { kernelSlicesResult, kernelsResult } from './results/kernels';
import { progress } from './results/progress';
import { errorState, type ErrorState } from './run';
import { loose, real, text, type Of } from './schema';

export type { PageMessage } from './intents';

/** A part of the page's data that arrives on its own. */
export type Loadable<T> =
  | { readonly phase: 'idle' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'error'; readonly error: ErrorState };

/** @__NO_SIDE_EFFECTS__ */
function loadable<S extends z.core.$ZodType>(value: S): z.ZodMiniType<Loadable<Of<S>>> {
  return z.discriminatedUnion('phase', [
    loose({ phase: z.literal('idle') }),
    loose({ phase: z.literal('loading') }),
    loose({ phase: z.literal('ready'), value }),
    loose({ phase: z.literal('error'), error: errorState }),
  ]) as unknown as z.ZodMiniType<Loadable<Of<S>>>;
}

const flag = z.optional(z.boolean());

const jobState = loose({
  title: text,
  /** Which operation it is. */
  kind: z.enum(OPERATIONS.flatMap(({ jobs }) => jobs)),
  /** Waits until the jobs before it have ended. */
  queued: flag,
  paused: flag,
  /** Asked to stop, and not yet ended. */
  stopping: flag,
  progress: z.optional(progress),
});

/** A job that acts on the open file. */
export interface JobState extends Of<typeof jobState> {}

const slicesState = loose({ layer: text, data: loadable(kernelSlicesResult) });

/** One layer's kernels from near, read when a page asks for them. */
export interface SlicesState extends Of<typeof slicesState> {}

/** All that is known of files: the work on them, what that came to, and what was answered for them. */
export const FACTS = {
  job: fact(jobState),
  /** The images last used on this file, offered for the next check. */
  lastData: fact(text),
  ...merged(OPERATIONS, 'facts'),
};

type Facts = typeof FACTS;

/** The facts that are measurements. */
export type Measured = {
  [K in keyof Facts]: Facts[K] extends { readonly measuredOn: unknown } ? K : never;
}[keyof Facts];

const facts = Object.fromEntries(
  Object.entries(FACTS).map(([name, { schema }]) => [name, z.optional(schema)]),
) as { readonly [K in keyof Facts]: z.ZodMiniOptional<Facts[K]['schema']> };

/** Strict: a field that the page does not know would be shown nowhere. */
const inspectorState = z.strictObject({
  fileName: text,
  path: text,
  /** BCP 47 tag for numbers. */
  locale: text,
  /** False in a restricted workspace: files are shown, nothing is run. */
  trusted: z.boolean(),
  inspect: loadable(inspectResult),
  /** Milliseconds the header took to read. */
  readMilliseconds: z.optional(real),
  kernels: loadable(kernelsResult),
  /** The layer looked at from near, and what is asked for of it. */
  slices: z.optional(slicesState),
  ...facts,
  /** What networks run on, once it is known: `TensorFlow 2.21.0`, `portable (WebAssembly)`. */
  backend: z.optional(loose({ native: z.boolean(), label: text })),
});

/** Everything the page shows; the host owns it, the page draws it. */
export interface InspectorState extends Of<typeof inspectorState> {}

/** Host to page. */
export interface StateMessage {
  readonly type: 'state';
  readonly state: InspectorState;
}

/**
 * The state in a message of the host; undefined for any other message, a sentence for a malformed one: a page that trusts
 * its messages shows nonsense quietly.
 */
export function readState(message: unknown): InspectorState | string | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { type, state } = message as Partial<Record<keyof StateMessage, unknown>>;
  if (type !== 'state') return undefined;
  if (typeof state !== 'object' || state === null) return 'state is missing';
  const parsed = inspectorState.safeParse(state);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [field] = issue?.path ?? [];
  if (field !== undefined) return `state.${String(field)} is malformed`;
  return issue?.code === 'unrecognized_keys' ? `state.${issue.keys[0]} is not known` : 'state is malformed';
}
