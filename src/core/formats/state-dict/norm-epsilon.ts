import type { Graph } from '../../graph/graph';
import { modulePaths, normUnit, type StateDict } from './units';

/** What PyTorch's batch norms add to the variance by default. */
export const TORCH_EPSILON = 1e-5;

/** The ε of a batch norm, and how it is known. */
export interface NormEpsilon {
  readonly value: number;
  /** `file`: the file says it, or a model that is attached to it. `assumed`: nothing does, and it is PyTorch's default. */
  readonly source: 'file' | 'stated' | 'assumed';
}

/** What is known of the modules and batch norms of a state dict. */
type Said = Pick<StateDict, 'modules' | 'epsilon'>;

/** The ε of the batch norm at a module path. What the file says is certain, and goes before what a person states. */
export function epsilonOf({ modules, epsilon }: Said, norm: string): NormEpsilon {
  const own = modules.get(norm)?.epsilon ?? epsilon.noted;
  if (own !== undefined) return { value: own, source: 'file' };
  if (epsilon.stated !== undefined) return { value: epsilon.stated, source: 'stated' };
  return { value: TORCH_EPSILON, source: 'assumed' };
}

/** The ε of a batch norm that is new in a file: as those it has. */
export function newEpsilon({ epsilon: { noted, stated } }: Said): number {
  return noted ?? stated ?? TORCH_EPSILON;
}

/** The one ε of all batch norms of a network; undefined where they differ, or there are none. */
export function commonEpsilon({ nodes }: Graph): number | undefined {
  const [first, ...others] = new Set(
    nodes.flatMap((node) => (node.op === 'batchNorm' ? [node.attributes.epsilon] : [])),
  );
  return others.length === 0 ? first : undefined;
}

/** Everything that is reported of ε when a state dict is opened. */
export interface EpsilonWords {
  /** For people: each value and how it is known; absent where there are no batch norms. */
  readonly fact?: string;
  /** What is assumed, in one line; absent where nothing is. */
  readonly assumed?: string;
  /** That what a person states is not used; absent where it is. */
  readonly unused?: string;
}

/** What is reported of the batch norms of a state dict. @param network the network that its names show */
export function epsilonWords(dict: StateDict, network: string | undefined): EpsilonWords {
  const known = modulePaths(dict)
    .filter((path) => normUnit(dict, path))
    .map((path) => epsilonOf(dict, path));
  const how: Readonly<Record<NormEpsilon['source'], string>> = {
    file: 'as the file says',
    stated: 'as stated',
    assumed:
      network === undefined
        ? 'assumed: the default of PyTorch; the file does not store it'
        : `the default of PyTorch, which ${network} has`,
  };
  const open = known.filter(({ source }) => source === 'assumed').length;
  const { stated } = dict.epsilon;
  const other = known.find(({ source, value }) => source === 'file' && value !== stated);
  return {
    ...(known.length > 0 && {
      fact: [...new Set(known.map(({ value, source }) => `${epsilonText(value)}, ${how[source]}`))].join(
        '; ',
      ),
    }),
    ...(network === undefined && open > 0 && { assumed: epsilonAssumed(open) }),
    ...(stated !== undefined && other && { unused: epsilonUnused(stated, other.value, 'the file') }),
  };
}

/** What is assumed of so many batch norms, in one line. */
export function epsilonAssumed(norms: number): string {
  return `the ε of ${norms === 1 ? '1 batch norm' : `${norms} batch norms`} is assumed to be ${epsilonText(TORCH_EPSILON)}, the default of PyTorch: the file does not store it`;
}

/** That what a person states about ε is not used, in one line. */
export function epsilonUnused(stated: number, value: number, who: string): string {
  return `the stated ε of batch norms, ${epsilonText(stated)}, is not used where ${who} says another: ${epsilonText(value)}`;
}

/** As it stands in programs: 1e-5, 0.001. */
export function epsilonText(value: number): string {
  return value < 1e-3 ? value.toExponential() : String(value);
}
