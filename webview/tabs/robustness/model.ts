/** What the Robustness tab shows, worked out from the check as far as it has come. Pure. */
import type { InspectResult, RobustnessRow } from '../../../src/contract/results';
import type { RobustnessState } from '../../../src/contract/operations/robustness';
import { DISTORTIONS, distortionWords } from '../../../src/shared/distortions';
import type { DistortionWords } from '../../../src/shared/distortions';
import { fileName } from '../../ui/paths';
import { chanceOf } from '../pruning/model';

/** One distortion, measured or not. */
export interface ViewRow extends DistortionWords {
  /** Undefined where it is to come, or will not come. */
  readonly found: RobustnessRow | undefined;
  /** Why it is not measured at all. */
  readonly leftOut: string | undefined;
}

/** A check as far as it has come. */
export interface RobustnessView {
  /** `unknown` until the first row tells. */
  readonly measure: 'accuracy' | 'agreement' | 'unknown';
  /** Being measured or about to be: what is missing will come. */
  readonly live: boolean;
  readonly rows: readonly ViewRow[];
  readonly measured: number;
  readonly planned: number;
  /** File name of the second network; undefined where there is one network. */
  readonly other: string | undefined;
  /** All rows are there, so that differences can be judged. */
  readonly judged: boolean;
  readonly images: number | undefined;
  /** Percent of a guess, for accuracies of a classifier of known width. */
  readonly chance: number | undefined;
}

/** @param ownName of the open file: a second one of the same name is shown with its folder */
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
  const last = DISTORTIONS.findIndex((distortion) => distortion === rows.at(-1)?.distortion);
  return DISTORTIONS.map((distortion, index) => {
    const found = rows.find((row) => row.distortion === distortion);
    const reason = result?.leftOut.find((each) => each.distortion === distortion)?.reason;
    const passed = !found && index < last ? 'it would change the size of the images' : undefined;
    return { ...distortionWords(distortion), found, leftOut: reason ?? passed };
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
