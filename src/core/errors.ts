/** Where a failure was found and what would have been accepted. */
export interface ErrorDetail {
  /** File or folder the user named. */
  readonly path?: string;
  /** Place inside it: a tensor, layer, field or byte offset. Left out where the sentence names it. */
  readonly where?: string;
  /** What belongs there. */
  readonly expected?: string;
  /** What was found there. */
  readonly found?: string;
}

/**
 * A failure the user can act on. Its message is one line:
 * `path: what (where; expected …; found …)`.
 */
export class UserError extends Error {
  readonly detail: ErrorDetail;
  /** Only the sentence, without path and detail. */
  readonly summary: string;

  constructor(summary: string, detail: ErrorDetail = {}) {
    super(oneLine(summary, detail));
    this.name = new.target.name;
    this.summary = summary;
    this.detail = detail;
  }
}

/** A checkpoint file is not what it claims to be, or holds something this product refuses. */
export class CheckpointError extends UserError {}

/** A data folder, image or label file cannot be used. */
export class DataError extends UserError {}

/** The request is well formed, but this network, format or machine cannot do it. */
export class UnsupportedError extends UserError {}

/** The user, or the host on the user's behalf, stopped the work. */
export class CancelledError extends UserError {
  constructor() {
    super('stopped on request');
  }
}

function oneLine(summary: string, { path, where, expected, found }: ErrorDetail): string {
  const notes = [where, expected && `expected ${expected}`, found && `found ${found}`]
    .filter(Boolean)
    .join('; ');
  const text = `${path ? `${path}: ` : ''}${summary}${notes ? ` (${notes})` : ''}`;
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}
