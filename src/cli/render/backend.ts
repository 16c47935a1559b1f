import { installHint } from '../../operations/backend/install-hint';
import type { BackendResult } from '../../contract/results';
import { facts } from './table';

/** The backend and what was found of TensorFlow, for a terminal. */
export function renderBackend(result: BackendResult): string {
  if (result.backend === null) {
    return `TensorFlow was not found; ${installHint()}. Looked at:\n${places(result)}`;
  }
  if (result.backend === 'portable') {
    const own = facts([
      ['backend', result.description ?? result.backend],
      ['Node', result.node],
    ]);
    return `${own}\n\nTensorFlow is about six times faster; ${installHint()}. Looked at:\n${places(result)}`;
  }
  const { intraOp, interOp } = result.threads;
  return facts([
    ['backend', `${result.backend} ${result.tensorflow ?? ''}`.trim()],
    ['tfjs-node', result.tfjsNode ?? '–'],
    ['Node', result.node],
    ['location', `${result.location ?? '–'} (found by: ${result.foundBy ?? '–'})`],
    ['threads', `${intraOp} inside one operator, ${interOp} operators at once`],
    ...Object.entries(result.capabilities).map(([name, has]): [string, string] => [name, has ? 'yes' : 'no']),
  ]);
}

function places({ tried }: BackendResult): string {
  return tried.map((place) => `  ${place}`).join('\n');
}
