/** What a call is. `calls.ts` has one record for each; everything that is known of calls by name follows from these. */
import * as z from 'zod/mini';
import { attachmentFields } from './given';

/** The process that answers a call: `reader` parses files, `trainer` runs networks. */
export type WorkerName = 'reader' | 'trainer';

type Shape = z.core.$ZodLooseShape;

/** Each with its fields, by its kind. */
type NoticeShapes = Readonly<Record<string, Shape>>;

interface Plan<W extends WorkerName, C extends Shape, Q extends Shape, R extends z.ZodMiniType, N> {
  readonly worker: W;
  /**
   * After so many the process is ended; undefined where no time is too long. A reader is to have answered within them; a
   * trainer, whose work may rightly take hours, is to have told of some progress.
   */
  readonly minutes: number | undefined;
  /**
   * Fields of the request that are checkpoints. What was chosen for these files travels along: their network, and what
   * equal weights are.
   */
  readonly checkpoints?: C;
  /** The other fields. A call without checkpoints is about its first one. */
  readonly request: Q;
  readonly result: R;
  /** What it tells while it runs, beside progress. */
  readonly notices?: N;
  /** The field of the request that says where a file of the same network is written: what was chosen holds for it too. */
  readonly writes?: keyof Q;
  /** Its answer stands on the page of its file, which says itself what the network is assumed to be. */
  readonly onPage?: boolean;
}

type WithCheckpoints<C> = keyof C extends never ? unknown : C & typeof attachmentFields;

/** A call: its schemas, and what host and worker need to know of it. */
export interface Call<
  W extends WorkerName = WorkerName,
  Q extends z.core.$ZodType = z.core.$ZodType,
  R extends z.core.$ZodType = z.core.$ZodType,
  N extends NoticeShapes = NoticeShapes,
> {
  readonly worker: W;
  /** In milliseconds; see `minutes` of the record. */
  readonly milliseconds: number | undefined;
  /** Checked by the worker. */
  readonly request: Q;
  /** Checked by the host. */
  readonly result: R;
  /** Fields of the request, in their order. */
  readonly checkpoints: readonly string[];
  /** The field of the request that says what it is about; undefined where it has none. */
  readonly about: string | undefined;
  readonly writes: string | undefined;
  readonly onPage: boolean;
  readonly notices: N;
}

type NoFields = Readonly<Record<never, never>>;

/** A call as one record. What it tells is what its record says, not what the place of the record would take: `NoInfer`. */
export function call<
  const W extends WorkerName,
  Q extends Shape,
  R extends z.ZodMiniType,
  C extends Shape = NoFields,
  N extends NoticeShapes = NoFields,
>({
  minutes,
  checkpoints,
  request,
  notices,
  writes,
  onPage = false,
  ...rest
}: Plan<W, C, Q, R, N>): Call<W, z.ZodMiniObject<WithCheckpoints<C> & Q, z.core.$strict>, R, NoInfer<N>> {
  const shape = { ...checkpoints, ...request, ...(checkpoints && attachmentFields) };
  return {
    ...rest,
    milliseconds: minutes === undefined ? undefined : minutes * 60_000,
    checkpoints: Object.keys(checkpoints ?? {}),
    about: Object.keys(shape)[0],
    request: z.strictObject(shape) as unknown as z.ZodMiniObject<WithCheckpoints<C> & Q, z.core.$strict>,
    writes: writes?.toString(),
    onPage,
    notices: (notices ?? {}) as N,
  };
}
