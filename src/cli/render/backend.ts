import type { BackendResult } from '../../operations/results';
import { facts } from './table';

/** What was found of TensorFlow, for a terminal. */
export function renderBackend(result: BackendResult): string {
  if (result.backend === null) {
    const tried = result.tried.map((place) => `  ${place}`);
    return ['no native backend was found; `npm run setup` installs it. Looked at:', ...tried].join('\n');
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
