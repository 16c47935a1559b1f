import type { ErrorDetail } from '../../../core/errors';
import type { Picture } from '../dataset';
import type { InputSize } from '../resize';
import type { Gate } from './gate';

/** What a thread is started with. */
export interface DecodingThreadData {
  readonly gate: Gate;
  /** Its own number at the gate, from 1. */
  readonly owner: number;
}

/** Image files to decode, one after the other. */
export interface DecodingRequest {
  readonly id: number;
  readonly files: readonly string[];
  /** What the pictures are made to fit. Absent: one file, and its picture as it is. */
  readonly size?: InputSize;
}

/** What could not be decoded: the first such file of a request. */
export interface DecodingFailure {
  readonly message: string;
  /** Of an error the user can act on; absent for a defect of ours. */
  readonly user?: { readonly summary: string; readonly detail: ErrorDetail };
  readonly stack?: string;
}

/** The pictures one after the other, all of one size, or why there are none. */
export type DecodingReply = { readonly id: number } & (
  { readonly pictures: Picture | (InputSize & { readonly pixels: Uint8Array }) } | DecodingFailure
);
