import path from 'node:path';
import { TABLE_4, type PaperNetwork } from '../../shared/paper';
import type {
  RobustnessDifference,
  RobustnessResult,
  RobustnessRow,
  RobustnessShare,
} from '../../contract/results';
import { distortionWords, type Distortion } from '../../shared/distortions';
import { counted, signed } from '../../shared/numbers';
import { table, type Column } from './table';

/**
 * Accuracy by distortion with its intervals, for a terminal.
 * @param file the checkpoint, as it was named
 */
export function renderRobustness(result: RobustnessResult, file: string): string {
  const { measure, images, rows, against } = result;
  const what = measure === 'accuracy' ? 'top-1' : "agreement with the network's own answers (no labels)";
  return [
    `${what} in percent, ${counted(images, 'image')}, 95 % intervals`,
    '',
    table(
      columnsOf(result, file),
      rows.map((row) => cellsOf(row, result)),
    ),
    '',
    ...leftOut(result),
    ...(against ? [...verdict(result, file), ...(measure === 'accuracy' ? beyondUntouched(rows) : [])] : []),
    ...paper(measure),
  ].join('\n');
}

function columnsOf({ measure, against }: RobustnessResult, file: string): Column[] {
  const [own, other] = namesOf(file, against?.path);
  const hasChange = measure === 'accuracy';
  const heads = against
    ? [own, other, 'difference', 'p', ...(hasChange ? ['beyond untouched'] : [])]
    : [own, ...(hasChange ? ['change'] : [])];
  return [{ head: 'images' }, ...heads.map((head) => ({ head, align: 'right' as const }))];
}

/** File names, or whole paths where these are the same. */
function namesOf(file: string, other = ''): [string, string] {
  const names: [string, string] = [path.basename(file), path.basename(other)];
  return names[0] === names[1] ? [file, other] : names;
}

function cellsOf(
  { distortion, share, against, difference }: RobustnessRow,
  result: RobustnessResult,
): string[] {
  const own = [nameOf(distortion), shareCell(share)];
  if (!result.against) return [...own, share.change ? changeCell(share.change) : '–'];
  return [
    ...own,
    against ? shareCell(against) : '–',
    difference ? changeCell(difference) : '–',
    difference ? probability(difference) : '–',
    difference?.excess ? changeCell(difference.excess) : '–',
  ].slice(0, columnsOf(result, '').length);
}

function nameOf(distortion: Distortion): string {
  return distortionWords(distortion).name.toLowerCase();
}

function shareCell({ percent, low, high }: RobustnessShare): string {
  return low === high ? percent.toFixed(2) : `${percent.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function changeCell({ points, low, high }: { points: number; low: number; high: number }): string {
  return `${signed(points, 2)} [${signed(low, 2)}, ${signed(high, 2)}]`;
}

function probability({ adjusted, p }: RobustnessDifference): string {
  const value = adjusted ?? p;
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

function leftOut({ leftOut: list }: RobustnessResult): string[] {
  return list.map(({ distortion, reason }) => `${nameOf(distortion)} is left out: ${reason}`);
}

/** A difference is claimed by one rule, and the rule is printed. */
function verdict({ rows, against }: RobustnessResult, file: string): string[] {
  const [own, other] = namesOf(file, against?.path);
  const clear = rows.filter(({ difference }) => (difference?.adjusted ?? 1) < 0.05);
  const names = clear.map(
    ({ distortion, difference }) => `${nameOf(distortion)} ${signed(difference?.points ?? 0, 2)}`,
  );
  return [
    `difference: ${own} − ${other}`,
    clear.length === 0
      ? 'no difference that chance would not make as well: every p is 0.05 or more'
      : `beyond chance (p < 0.05): ${names.join(', ')} points`,
    "p: McNemar's exact test on the images that count for one network only, corrected for the rows (Holm)",
  ];
}

/** What the paper claims of robustness is more than a network that is better on any image. */
function beyondUntouched(rows: readonly RobustnessRow[]): string[] {
  const found = rows.flatMap(({ distortion, difference }) => {
    const { points = 0, adjusted = 1 } = difference?.excess ?? {};
    return adjusted < 0.05 ? [`${nameOf(distortion)} ${signed(points, 2)}`] : [];
  });
  return [
    found.length === 0
      ? 'nowhere more than on untouched images: every p, corrected for the rows (Holm), is 0.05 or more'
      : `measured from the difference on untouched images (p < 0.05, corrected for the rows): ${found.join(', ')} points`,
  ];
}

/** The paper's values have no meaning for agreement. */
function paper(measure: RobustnessResult['measure']): string[] {
  if (measure === 'agreement') return [];
  const line = (network: PaperNetwork): string => {
    const { baseline, acnet } = TABLE_4[network];
    const cells = (['none', 'rotate90', 'rotate180', 'flipUpDown'] as const).map(
      (each) => `${nameOf(each)} ${baseline[each].toFixed(2)} → ${acnet[each].toFixed(2)}`,
    );
    return `${network}: ${cells.join(', ')}`;
  };
  return [
    'the paper, table 4, ImageNet, baseline → ACNet:',
    `  ${line('AlexNet')}`,
    `  ${line('ResNet-18')}`,
  ];
}
