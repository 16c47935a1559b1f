/** Why an action on the open file does not apply now. Pure. */
import type { InspectResult } from '../../src/operations/results';
import type { InspectorState } from '../../src/protocol/inspector';

/** Whatever the action: the workspace is not trusted, or a job works on the file. */
export function blocked(state: Pick<InspectorState, 'trusted' | 'job'>): string | undefined {
  if (!state.trusted) return 'This window is in Restricted Mode';
  return state.job ? `Wait until this ends: ${state.job.title}` : undefined;
}

/**
 * Why the network cannot be run here.
 * @param done what would be done to it, as in `pruned`
 */
export function cannotRun(
  { hasGraph, unsupported }: Pick<InspectResult, 'hasGraph' | 'unsupported'>,
  done: string,
): string | undefined {
  if (!hasGraph) return 'The file holds weights without the network';
  if (unsupported.length === 0) return undefined;
  const names = unsupported.slice(0, 3).join(', ');
  const more = unsupported.length > 3 ? ` and ${unsupported.length - 3} more` : '';
  return `A network with ${names}${more} cannot be ${done} here`;
}
