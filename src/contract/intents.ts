/** What a person wants of the host, as the page sends it. The host trusts no page: everything is strict and bounded. */
import * as z from 'zod/mini';
import { layerNames } from './given';
import { merged, type Merged } from './operation';
import { OPERATIONS } from './operations';
import type { OfFields } from './schema';

const index = z.optional(z.int().check(z.nonnegative()));

/** The fields of each message, by its type. */
const INTENTS = {
  ready: {},
  loadKernels: {},
  /** The filter and input of the largest norm when absent; both count from 0. */
  kernelSlices: { layer: z.string().check(z.maxLength(4096)), filter: index, input: index },
  retry: {},
  /** What is ticked in the table of sites, by exact names; absent while it is each site's own default. */
  ticked: { layers: layerNames },
  /** Asks for images; the answer comes as `lastData`. */
  chooseData: {},
  cancelJob: {},
  pauseJob: { paused: z.boolean() },
  installBackend: {},
  showLog: {},
  copy: { text: z.string().check(z.maxLength(5_000_000)) },
  ...merged(OPERATIONS, 'intents'),
};

type Intents = typeof INTENTS;

/** Page to host: what the person wants. */
/** What the page asks of the host: checked there, since the page shows text of strangers' files. */
export type PageMessage = {
  [T in keyof Intents]: OfFields<Intents[T] & { readonly type: z.ZodMiniLiteral<T> }>;
}[keyof Intents];

/** Messages that belong to an operation. */
export type OperationIntent = keyof Merged<typeof OPERATIONS, 'intents'>;

/** What a message says beside its type. */
export type Said<T extends PageMessage['type']> = Omit<Extract<PageMessage, { readonly type: T }>, 'type'>;

const [first, ...rest] = Object.entries(INTENTS).map(([type, fields]) =>
  z.strictObject({ type: z.literal(type), ...fields }),
);

/** The schema of `PageMessage`: strict, one object for each intent. */
export const pageMessage = z.discriminatedUnion('type', [
  first,
  ...rest,
] as never) as unknown as z.ZodMiniType<PageMessage>;
