import { PAPER } from '../../shared/paper';
import { chanceCounts, withinChance } from '../../shared/chance';
import { difference, fixed, pair } from '../../shared/numbers';
import { groupRatio } from '../../shared/positions';
import type { KernelsResult, StartKernels } from '../../contract/results';
import type { KernelsPart } from './data';
import { html, htmlTable, type Fragment, type Markup } from './html';
import { equation, extentOf, legends, magnitudeFigure, type Figure } from './matrix';
import type { Matrix } from '../../shared/matrix';

/** Heat maps of every kernel size: each arm beside what it has to be compared with. */
export function kernelsSection(part: KernelsPart): Markup {
  const sizes = Object.keys(part.acnet.sizes).filter(
    (size) => part.before.sizes[size] && part.baseline.sizes[size],
  );
  return html`<section aria-label="Kernels">
    <h2>Kernels</h2>
    <p class="note">
      mean |weight| at each position after fusion of batch norms and branches, each layer divided by its
      largest position (equations 9 and 10), averaged over the layers
    </p>
    ${sizes.map((size) => oneSize(size, part))} ${layers(part)}
  </section>`;
}

function oneSize(size: string, { before, baseline, acnet, starts, paper }: KernelsPart): Markup {
  const own = acnet.sizes[size];
  const start = before.sizes[size].fused;
  const { permuted, reach } = before.sizes[size].chance.fused;
  const plain = own.nullModel.plain;
  const extent = extentOf([
    difference(start, plain),
    difference(start, permuted),
    difference(baseline.sizes[size].fused, starts.baseline?.sizes[size] ?? start),
    difference(own.fused, starts.acnet?.sizes[size] ?? start),
  ]);
  const starting = { title: 'Before training', note: 'network as given', matrix: start };
  const arm = (title: string, note: string, result: KernelsResult, began?: StartKernels) =>
    equation({ title, note, matrix: result.sizes[size].fused }, beginning(began?.sizes[size]) ?? starting, {
      note: `${title.split(',')[0]} − before`,
      extent,
      reach: result.sizes[size].chance.fused.reach,
    });
  const untrained = { title: 'Untrained', note: 'null model', matrix: plain };
  const shuffled = { title: 'Own weights permuted', note: 'within each kernel slice', matrix: permuted };
  return html`<h3>${size.replace('x', '×')}, ${own.layers} layer${own.layers === 1 ? '' : 's'}</h3>
    <div class="beside">
      <div>
        ${equation(starting, untrained, { note: 'trained − untrained', extent, reach })}
        ${equation(starting, shuffled, { note: 'trained − permuted', extent, reach })}
        ${arm('Baseline', 'trained, no blocks', baseline, starts.baseline)}
        ${arm('ACNet, fused', 'trained with blocks', acnet, starts.acnet)} ${legends(extent)}
      </div>
      <div>
        <p class="reading">
          ${reading(starts.acnet?.sizes[size] ?? start, baseline.sizes[size].fused, own.fused, plain)}
        </p>
        <p class="reading">
          ${beyondChance(difference(start, permuted), reach)} differ between the network as given and its own
          weights permuted within each kernel slice by more than chance gives;
          ${beyondChance(difference(own.fused, starts.acnet?.sizes[size] ?? start), own.chance.fused.reach)}
          between the fused ACNet and the same ACNet, fused before its training.
        </p>
        ${size === '3x3' ? references(own.nullModel.skeleton, paper) : undefined}
      </div>
    </div>`;
}

/** A network as its training began. */
function beginning(matrix: Matrix | undefined): Figure | undefined {
  return matrix && { title: 'Before training', note: 'the same network, fused', matrix };
}

/** The paper's pictures beside the untrained block: most of the cross is there before any training. */
function references(untrained: Matrix, paper: KernelsPart['paper']): Markup {
  return html`<h3>For comparison</h3>
    <div class="equation">
      ${magnitudeFigure({ title: 'Paper, baseline', note: 'fig. 6a, ResNet-56', matrix: paper.normal }, true)}
      ${magnitudeFigure({ title: 'Paper, ACNet', note: 'fig. 6b, ResNet-56', matrix: paper.acnet })}
      ${magnitudeFigure({ title: 'Untrained ACNet', note: 'null model, fused', matrix: untrained })}
    </div>
    <p class="reading">
      The paper trains from scratch. Its cross is mostly there before any training, since each of three
      branches is normalised on its own. Each network of this run is compared with itself before its training,
      fused, so a cross that was there before is in no difference.
    </p>
    <p class="note">${PAPER}</p>`;
}

function reading(start: Matrix, baseline: Matrix, acnet: Matrix, plain: Matrix): Fragment {
  const [before, left, right, untrained] = [start, baseline, acnet, plain].map((matrix) => ratio(matrix, 2));
  return html`Skeleton positions average <strong>${right}</strong> the corners in the fused ACNet, ${left} in
    the baseline and ${before} in ACNet before its training; an untrained copy of these layers gives
    ${untrained}.`;
}

/** `5 of 9 positions`. */
function beyondChance(values: Matrix, reach: Matrix): string {
  const { within, all } = chanceCounts(withinChance(values, reach));
  return `${all - within} of ${all} positions`;
}

/** How much more the skeleton holds than the corners; a dash where that is unknown. */
function ratio(matrix: Matrix, digits: number): string {
  const value = groupRatio(matrix, 'skeleton');
  return value === null ? '–' : `${fixed(value, digits)}×`;
}

function layers({ before, baseline, acnet, starts }: KernelsPart): Markup {
  type Layers = Pick<KernelsResult | StartKernels, 'layers'>;
  const find = (result: Layers, name: string) => result.layers.find((layer) => layer.name === name);
  const ratioOf = (result: Layers, name: string): string => {
    const layer = find(result, name);
    return layer ? ratio(layer.fused, 3) : '–';
  };
  const rows = acnet.layers.map(({ name, kernel, fused }) => [
    html`<code>${name}</code>`,
    pair(kernel),
    ratioOf(starts.acnet ?? before, name),
    ratioOf(baseline, name),
    ratioOf(acnet, name),
    fused.map((values) => values.map((value) => value.toFixed(3)).join(' ')).join(' | '),
  ]);
  return htmlTable(
    'Each layer: mean skeleton ÷ mean corner, and the fused ACNet kernel row by row',
    [
      { head: 'layer' },
      { head: 'kernel' },
      { head: 'ACNet before', number: true },
      { head: 'baseline', number: true },
      { head: 'ACNet', number: true },
      { head: 'fused ACNet, rows' },
    ],
    rows,
  );
}
