/** What the Robustness tab shows, worked out from the check as far as it has come. Pure. */
import type { Distortion, InspectResult, RobustnessRow } from '../../../src/contract/results';
import type { RobustnessState } from '../../../src/contract/operations/robustness';
import { fileName } from '../../ui/paths';
import { chanceOf } from '../pruning/model';

export interface DistortionWords {
  readonly distortion: Distortion;
  /** In tables and beside the chart. */
  readonly name: string;
  /** After `on` and `of`. */
  readonly phrase: string;
}

/** In the paper's order; the control comes last. */
export const DISTORTIONS: readonly DistortionWords[] = [
  { distortion: 'none', name: 'Untouched', phrase: 'untouched images' },
  { distortion: 'rotate90', name: 'Rotated 90° left', phrase: 'images rotated by 90°' },
  { distortion: 'rotate180', name: 'Rotated 180°', phrase: 'images rotated by 180°' },
  { distortion: 'flipUpDown', name: 'Flipped up–down', phrase: 'images flipped up–down' },
  { distortion: 'flipLeftRight', name: 'Flipped left–right', phrase: 'images flipped left–right' },
];

export interface ViewRow extends DistortionWords {
  /** Undefined where it is to come, or will not come. */
  readonly found: RobustnessRow | undefined;
  /** Why it is not measured at all. */
  readonly leftOut: string | undefined;
}

export interface RobustnessView {
  /** `unknown` until the first row tells. */
  readonly measure: 'accuracy' | 'agreement' | 'unknown';
  /** Being measured or about to be: what is missing will come. */
  readonly live: boolean;
  readonly rows: readonly ViewRow[];
  readonly measured: number;
  readonly planned: number;
  /** File name of the second network; undefined of one network alone. */
  readonly other: string | undefined;
  /** All rows are there, so that differences can be judged. */
  readonly judged: boolean;
  readonly images: number | undefined;
  /** Percent of a guess, for accuracies of a classifier of known width. */
  readonly chance: number | undefined;
}

/** @param ownName of the open file: a second one of the same name is told apart by its folder */
export function robustnessView(
  inspected: Pick<InspectResult, 'outputShapes'>,
  state: RobustnessState,
  ownName: string,
): RobustnessView {
  const { result, phase, against } = state;
  const live = phase === 'queued' || phase === 'running';
  const rows = viewRows(state);
  const measure = result?.measure ?? measureOf(state.rows);
  return {
    measure,
    live,
    rows,
    measured: rows.filter(({ found }) => found).length,
    planned: rows.filter(({ leftOut }) => leftOut === undefined).length,
    other: against === undefined ? undefined : otherName(against, ownName),
    judged: result !== undefined,
    images: result?.images,
    chance: measure === 'accuracy' ? chanceOf(inspected) : undefined,
  };
}

function otherName(path: string, ownName: string): string {
  const name = fileName(path);
  if (name !== ownName) return name;
  const [folder] = path.split(/[\\/]/).filter(Boolean).slice(-2);
  return folder === undefined || folder === name ? 'the other file' : `${folder}/${name}`;
}

/** Rows come in order: one that others have passed by is left out, before the result says why. */
function viewRows({ rows, result }: RobustnessState): ViewRow[] {
  const last = DISTORTIONS.findIndex(({ distortion }) => distortion === rows.at(-1)?.distortion);
  return DISTORTIONS.map((words, index) => {
    const found = rows.find(({ distortion }) => distortion === words.distortion);
    const reason = result?.leftOut.find(({ distortion }) => distortion === words.distortion)?.reason;
    const passed = !found && index < last ? 'it would change the size of the images' : undefined;
    return { ...words, found, leftOut: reason ?? passed };
  });
}

/** Agreement with itself on untouched images is 100 % by definition, with no interval; an accuracy has one. */
function measureOf([first]: readonly RobustnessRow[]): RobustnessView['measure'] {
  if (!first) return 'unknown';
  return first.share.low === first.share.high ? 'agreement' : 'accuracy';
}

/** Whether a difference is claimed: by McNemar's exact test, corrected for all rows. */
export function isClear({ difference }: Pick<RobustnessRow, 'difference'>): boolean {
  return (difference?.adjusted ?? 1) < 0.05;
}
