/** Why an action on the open file does not apply now. Pure. */
import type { InspectResult } from '../../src/contract/results';
import type { InspectorState, JobState } from '../../src/contract/page';

/**
 * The workspace is not trusted, or a job of this kind works on the file already: jobs of other kinds wait for
 * each other.
 */
export function blocked(
  { trusted, job }: Pick<InspectorState, 'trusted' | 'job'>,
  kind?: JobState['kind'],
): string | undefined {
  if (!trusted) return 'This window is in Restricted Mode';
  return job && job.kind === kind ? `Wait until this ends: ${job.title}` : undefined;
}

/**
 * Why the network cannot be run here.
 * @param done what would be done to it, as in `pruned`
 */
export function cannotRun(
  { hasGraph, unsupported, architecture }: Pick<InspectResult, 'hasGraph' | 'unsupported' | 'architecture'>,
  done: string,
): string | undefined {
  if (!hasGraph) {
    const missing = `Weights without the network cannot be ${done}: how the layers are connected is missing`;
    return architecture ? `${missing}; attach an ONNX export of the network` : missing;
  }
  if (unsupported.length === 0) return undefined;
  const names = unsupported.slice(0, 3).join(', ');
  const more = unsupported.length > 3 ? ` and ${unsupported.length - 3} more` : '';
  return `A network with ${names}${more} cannot be ${done} here`;
}

/** Why the network cannot be fine-tuned here. */
export function cannotTrain(inspected: InspectResult): string | undefined {
  const { sites, inputs, outputs } = inspected;
  const reason = cannotRun(inspected, 'trained');
  if (reason !== undefined) return reason;
  if (!sites.some(({ eligible, kind }) => eligible || kind === 'acb')) {
    return 'Fine-tuning trains blocks, and no convolution of this checkpoint can become one';
  }
  if (inputs.length === 1 && outputs.length === 1) return undefined;
  return `Only a network of one input and one output can be trained; this one has ${inputs.length} and ${outputs.length}`;
}

/**
 * Why a check on images cannot be made of the network here.
 * @param done what would be done to it, as in `pruned`
 * @param check the same as a whole, as in `checked by pruning`
 */
export function cannotCheck(inspected: InspectResult, done: string, check: string): string | undefined {
  return cannotRun(inspected, done) ?? notOneWay(inspected, check);
}

function notOneWay({ inputs, outputs }: InspectResult, done: string): string | undefined {
  if (inputs.length === 1 && outputs.length === 1) return undefined;
  return `Only a network of one input and one output can be ${done}; this one has ${inputs.length} and ${outputs.length}`;
}
