import { z } from 'zod';
import type { ErrorDetail } from '../core/errors';
import type { AssumedNetworkResult, Progress, PruningPoint, RobustnessRow, TrainEvent } from './results';
import { progress, pruningPoint, robustnessRow, trainEvent } from './result-schemas';
import { group } from './calls';
import type { PositionGroup } from '../shared/position-groups';

/** A failure as it crosses: `cancelled` and `internal` (a defect of ours) apart from what a user can mend. */
export interface CallFailure {
  readonly kind: 'user' | 'cancelled' | 'internal';
  /** One line, as the command line would show it. */
  readonly message: string;
  /** The sentence alone, without path and detail. */
  readonly summary: string;
  readonly detail: ErrorDetail;
  /** Of an internal failure, for the log. */
  readonly stack?: string;
}

/** What a call tells while it runs. */
export type Notice =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'train'; readonly event: TrainEvent }
  | { readonly kind: 'point'; readonly group: PositionGroup; readonly point: PruningPoint }
  | { readonly kind: 'row'; readonly row: RobustnessRow }
  | { readonly kind: 'assumed'; readonly assumed: AssumedNetworkResult };

const notice: z.ZodType<Notice> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('progress'), progress }),
  z.strictObject({ kind: z.literal('train'), event: trainEvent }),
  z.strictObject({ kind: z.literal('point'), group, point: pruningPoint }),
  z.strictObject({ kind: z.literal('row'), row: robustnessRow }),
  z.strictObject({
    kind: z.literal('assumed'),
    assumed: z.strictObject({ path: z.string(), network: z.string(), unclear: z.string().optional() }),
  }),
]);

const failure: z.ZodType<CallFailure> = z.strictObject({
  kind: z.enum(['user', 'cancelled', 'internal']),
  message: z.string(),
  summary: z.string(),
  detail: z.strictObject({
    path: z.string().optional(),
    where: z.string().optional(),
    found: z.string().optional(),
    allowed: z.string().optional(),
  }),
  stack: z.string().optional(),
});

const id = z.int().nonnegative();

/** Host to worker. The request itself is checked against `requests[call]`. */
export const hostMessage = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id, call: z.string(), request: z.unknown() }),
  z.strictObject({ type: z.literal('cancel'), id }),
  /** A call that can rests between steps until it is told to go on. */
  z.strictObject({ type: z.literal('pause'), id, paused: z.boolean() }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

/** Worker to host. A value in `ok` is checked against `results[call]`. */
export const workerMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('answer'),
    id,
    answer: z.union([z.strictObject({ ok: z.unknown() }), z.strictObject({ err: failure })]),
    // The process cannot answer another call, and is to be ended.
    last: z.literal(true).optional(),
  }),
  z.strictObject({ type: z.literal('notice'), id, notice }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;
