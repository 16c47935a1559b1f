/** A known weakness that is let be. */
export interface AllowedAdvisory {
  /** As in `GHSA-xxxx-xxxx-xxxx`. */
  readonly id: string;
  /** The package it is about. */
  readonly package: string;
  /** Why it does no harm here. */
  readonly reason: string;
}

/**
 * What an audit comes to.
 * @param text what `npm audit --json` wrote
 * @returns the exit code (0 good, 1 open findings or idle permissions, 2 no answer) and what to say
 */
export function judge(
  text: string,
  allowed: readonly AllowedAdvisory[],
): { readonly code: 0 | 1 | 2; readonly lines: readonly string[] };

/** The list in `scripts/audit-allow.json`. */
export function readAllowed(): readonly AllowedAdvisory[];
