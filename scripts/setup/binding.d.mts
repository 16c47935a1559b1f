/** A text that is replaced, and by what. */
export type Change = readonly [from: string, to: string];

/** tfjs-node's sources by name, as they are compiled. */
export function bindingSources(): ReadonlyMap<string, string>;

/** A text with every change made. @throws SetupError where one does not fit */
export function changed(name: string, text: string, changes: readonly Change[]): string;
