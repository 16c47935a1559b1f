import type { InspectResult } from '../../contract/results';

type Judged = Pick<
  InspectResult,
  'sites' | 'hasGraph' | 'unsupported' | 'inputs' | 'outputs' | 'architecture'
>;

const canConvert = ({ sites }: Judged): boolean => sites.some(({ eligible }) => eligible);
const canFuse = ({ sites }: Judged): boolean => sites.some(({ kind }) => kind === 'acb');
const canRun = ({ hasGraph, unsupported }: Judged): boolean => hasGraph && unsupported.length === 0;

/** What can be done with a file, by what was read of it: the `when` clauses of the inspector's menus. */
const ABILITIES = {
  canConvert,
  canFuse,
  canRun,
  canTrain: (file) =>
    canRun(file) &&
    file.inputs.length === 1 &&
    file.outputs.length === 1 &&
    (canConvert(file) || canFuse(file)),
  canAttach: ({ architecture }) => architecture !== undefined,
  canDetach: ({ architecture }) => architecture?.state === 'attached',
} satisfies Record<string, (file: Judged) => boolean>;

/** The name of one, as menus say it. */
export type Ability = keyof typeof ABILITIES;

/** A key of VS Code's contexts. */
export function contextKey(name: Ability | 'canResume'): string {
  return `acnet.${name}`;
}

/** Every ability as a context; of no file none. */
export function contextsOf(file: Judged | undefined): ReadonlyArray<readonly [string, boolean]> {
  return (Object.keys(ABILITIES) as Ability[]).map((name) => [
    contextKey(name),
    file !== undefined && ABILITIES[name](file),
  ]);
}
