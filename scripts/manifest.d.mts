/** On the file that a menu was opened for. */
export const checkpointWhen: string;
/** The manifest with the list of checkpoint files in all its places. */
export function withCheckpointFiles<T>(manifest: T): T;
