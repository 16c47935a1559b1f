/** One signed slice: of an ACB square + horizontal + vertical = fused, of a plain convolution itself. */
import type { VNode } from 'preact';
import type { BranchSliceResult, KernelSlicesResult } from '../../../src/contract/results';
import { matricesCsv } from '../../charts/csv';
import { Legend, differenceMark } from '../../charts/legend';
import { differenceScale } from '../../charts/scales';
import type { Scale } from '../../charts/scales';
import type { Format } from '../../../src/shared/format';
import { send } from '../../host';
import { CopyButton, IndexSelect, Section } from '../../ui/controls';
import { Figure, Term } from '../../ui/figure';
import type { LayersContext } from './context';
import { BRANCH_NAMES, drawable } from './slices-model';
import { pair } from '../../../src/shared/numbers';
import { Bar } from '../../charts/bar';
import { numeric } from '../../ui/grid/column';
import type { Column } from '../../ui/grid/column';
import { Grid } from '../../ui/grid/grid';

export interface BranchesProps extends LayersContext {
  readonly data: KernelSlicesResult;
}

/** Shown for the filter and input channel that were chosen; a plain convolution has one slice only. */
export function BranchesSection({ data, palette, format, wide }: BranchesProps): VNode {
  const { branches } = data;
  const fused = drawable(data.slice);
  const parts = (branches ?? []).map((branch) => ({ branch, matrix: drawable(branch.slice) }));
  const scale = differenceScale([fused, ...parts.map(({ matrix }) => matrix)], palette);
  const columns = [
    ...parts.map(({ branch, matrix }) => ({ name: BRANCH_NAMES[branch.name], matrix })),
    { name: 'Fused', matrix: fused },
  ];
  const own = branches ? 'after each branch’s batch norm' : 'batch norm fused';
  return (
    <Section
      title={branches ? 'ACB branches' : 'Slice'}
      name={branches ? 'ACB branches' : 'Slice of the kernel'}
      note={`filter ${data.filter}, input channel ${data.input}, ${own}`}
      controls={<Controls data={data} text={() => matricesCsv(columns)} />}
    >
      <div class="equation">
        {parts.map(({ branch, matrix }, index) => (
          <Branch key={branch.name} {...{ branch, matrix, scale, wide, format }} first={index === 0} />
        ))}
        <FusedFigure {...{ data, scale, wide, format }} />
        {branches && (
          <>
            <div class="rule branch-rule" />
            <WholeBlock branches={branches} format={format} />
          </>
        )}
      </div>
      <div class="legends">
        <Legend label="signed weight" scale={scale} write={differenceMark(scale, format)} />
        {branches && (
          <span class="legend-key">
            <svg width="14" height="14" aria-hidden="true">
              <rect class="void" x="1.5" y="1.5" width="11" height="11" rx="2" />
            </svg>
            no weight in this branch
          </span>
        )}
      </div>
      {branches && (
        <p class="caption spaced">
          Signed slices add up to the fused kernel. Their magnitudes do not, so nothing is added between
          those.
        </p>
      )}
    </Section>
  );
}

interface FigureParts {
  readonly scale: Scale;
  readonly wide: boolean;
  readonly format: Format;
}

function Branch({
  branch,
  matrix,
  first,
  ...drawing
}: FigureParts & {
  readonly branch: BranchSliceResult;
  readonly matrix: readonly (readonly number[])[];
  readonly first: boolean;
}): VNode {
  const scale = branch.scale === null ? '' : `, γ/σ ${drawing.format.fixed(branch.scale, 2)}`;
  const figure = (
    <Figure
      title={BRANCH_NAMES[branch.name]}
      caption={`${pair(branch.kernel)}${scale}`}
      matrix={matrix}
      digits={3}
      labelled={first}
      {...drawing}
    />
  );
  return first ? (
    figure
  ) : (
    <Term sign="+" matrix={matrix} wide={drawing.wide}>
      {figure}
    </Term>
  );
}

function FusedFigure({ data, ...drawing }: FigureParts & { readonly data: KernelSlicesResult }): VNode {
  const matrix = drawable(data.slice);
  const size = pair(data.kernel);
  if (!data.branches) {
    return (
      <Figure
        title="Weights"
        caption={`one ${size} slice`}
        {...{ matrix }}
        digits={3}
        labelled
        {...drawing}
      />
    );
  }
  return (
    <Term sign="=" matrix={matrix} wide={drawing.wide}>
      <Figure title="Fused" caption={`one ${size} kernel`} {...{ matrix }} digits={3} {...drawing} />
    </Term>
  );
}

function WholeBlock({
  branches,
  format,
}: {
  readonly branches: readonly BranchSliceResult[];
  readonly format: Format;
}): VNode {
  const columns: Column<BranchSliceResult>[] = [
    { id: 'branch', heading: 'Branch', kind: 'row', cell: ({ name }) => BRANCH_NAMES[name] },
    numeric('scale', 'mean |γ/σ|', ({ meanScale }) => format.fixed(meanScale, 2)),
    numeric('share', 'Share', ({ share }) => `${format.fixed(100 * share, 0)} %`),
    { id: 'bar', heading: '', kind: 'picture', cell: ({ share }) => <Bar share={share} /> },
    numeric('dead', 'Dead', ({ dead }) => format.count(dead)),
  ];
  return (
    <div>
      <h3>Whole block</h3>
      <span class="caption">share of the summed |weight| after batch norm</span>
      <Grid look="whole-block" keyOf={({ name }) => name} rows={branches} columns={columns} />
    </div>
  );
}

function Controls({ data, text }: { readonly data: KernelSlicesResult; readonly text: () => string }): VNode {
  const { layer, filter, filters, input, inputs } = data;
  return (
    <>
      <IndexSelect
        label="Filter"
        value={filter}
        count={filters}
        onChange={(value) => {
          send({ type: 'kernelSlices', layer, filter: value, input });
        }}
      />
      <IndexSelect
        label="Input"
        value={input}
        count={inputs}
        onChange={(value) => {
          send({ type: 'kernelSlices', layer, filter, input: value });
        }}
      />
      <CopyButton text={text} />
    </>
  );
}
