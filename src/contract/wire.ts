/** The messages between the host and a worker process. */
import * as z from 'zod/mini';
import type { ErrorDetail } from '../core/errors';
import { notice } from './calls';
import type { Of } from './schema';

export type { Notice } from './calls';

const part = z.optional(z.string());
/** A field that this lacks, or has beyond `ErrorDetail`, is an error of types. */
const detailFields = {
  path: part,
  where: part,
  found: part,
  expected: part,
} satisfies Record<keyof ErrorDetail, typeof part>;

const failure = z.strictObject({
  kind: z.enum(['user', 'cancelled', 'internal']),
  /** One line, as the command line would show it. */
  message: z.string(),
  /** Only the sentence, without path and detail. */
  summary: z.string(),
  detail: z.strictObject(detailFields),
  /** Of an internal failure, for the log. */
  stack: part,
});

/** A failure as it crosses: `cancelled` and `internal` (a defect of ours) apart from what a user can mend. */
export interface CallFailure extends Of<typeof failure> {}

const id = z.int().check(z.nonnegative());

/** Host to worker. The request itself is checked against the call's record. */
export const hostMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id, call: z.string(), request: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id }),
  /** A call that can rests between steps until it is resumed. */
  z.strictObject({ type: z.literal('pause'), id, paused: z.boolean() }),
]);
export type HostMessage = Of<typeof hostMessage>;

/** Worker to host. A value in `ok` is checked against the call's record. */
export const workerMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('answer'),
    id,
    answer: z.union([z.strictObject({ ok: z.unknown() }), z.strictObject({ err: failure })]),
    // The process cannot answer another call, and is to be ended.
    last: z.optional(z.literal(true)),
  }),
  z.strictObject({ type: z.literal('notice'), id, notice }),
]);
export type WorkerMessage = Of<typeof workerMessage>;
