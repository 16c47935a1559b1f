/** Before, after, and what of their difference is the effect of fusing. */
import type { VNode } from 'preact';
import { matricesCsv } from '../../charts/csv';
import type { Column } from '../../charts/csv';
import { Legend, differenceMark, magnitudeMark } from '../../charts/legend';
import { unitScale } from '../../charts/scales';
import { CopyButton, Section, Segmented, Select } from '../../ui/controls';
import { Figure, Term } from '../../ui/figure';
import { NumberTable } from '../../ui/number-table';
import type { CompareContext } from './context';
import type { WholeView } from './model';
import { isUnchanged } from './reading';
import { comparisonReading } from '../../../src/shared/compare-reading';
import { NULL_OPTIONS, nullWords } from '../../ui/null-words';
import { kindWords } from './words';

type WholeContext = CompareContext & { readonly whole: WholeView };

/** Average magnitudes of one kernel size; shown where both files have kernels of it. */
export function WholeComparison(context: WholeContext): VNode {
  const { view, whole, difference, format } = context;
  const { before, after } = whole.compared;
  const layers =
    before.layers === after.layers
      ? format.count(before.layers)
      : `${format.count(before.layers)} and ${format.count(after.layers)}`;
  const note = `mean |weight| per position, ${layers} ${before.layers === 1 ? 'layer' : 'layers'} of ${whole.size.replace('x', '×')}, each divided by its largest`;
  const columns = columnsOf(whole);
  const through = view.result.matched.filter(({ throughFused }) => throughFused).length;
  return (
    <Section
      title="Whole model"
      name="Whole model"
      note={note}
      controls={<Controls {...context} columns={columns} />}
    >
      <Equation {...context} />
      <div class="legends">
        <Legend
          label="magnitude (cividis, 0–1)"
          scale={unitScale()}
          write={magnitudeMark(unitScale(), format)}
        />
        <Legend
          label="difference: below, above"
          scale={difference}
          write={differenceMark(difference, format)}
        />
      </div>
      <Claim {...context} />
      {through > 0 && (
        <p class="foot">
          {format.count(through)} {through === 1 ? 'block is' : 'blocks are'} compared with plain convolutions
          through their fused kernels.
        </p>
      )}
      <NumberTable name="Whole model by position" columns={columns} format={format} />
    </Section>
  );
}

function Claim({ view, whole, format }: WholeContext): VNode {
  if (isUnchanged(view)) return <p class="reading">No kernel changed.</p>;
  const { before, claim, after } = comparisonReading(whole, format);
  return (
    <p class="reading">
      {before}
      <strong>{claim}</strong>
      {after}
    </p>
  );
}

function Equation({ view, whole, difference, viewport, format }: WholeContext): VNode {
  const { nulls, fusing, total } = whole;
  const common = { digits: 3, wide: viewport.width >= 900, format };
  const oneLine = viewport.width >= 1280 && total.length <= 3;
  const caption = `untrained ${nullWords(nulls.after).label} − untrained ${nullWords(nulls.before).label}`;
  const { before, after } = view.result;
  return (
    <div class="equation">
      <Figure
        title="Before"
        caption={kindWords(before)}
        matrix={whole.before}
        scale={unitScale()}
        labelled
        {...common}
      />
      <Figure title="After" caption={kindWords(after)} matrix={whole.after} scale={unitScale()} {...common} />
      <div class={oneLine ? 'rule' : 'line-break'} />
      <Figure
        title="After − before"
        caption="total change"
        matrix={total}
        scale={difference}
        labelled
        {...common}
      />
      {fusing && (
        <>
          <Term sign="−" matrix={total} wide={common.wide}>
            <Figure
              title="Effect of fusing"
              caption={caption}
              matrix={fusing.alone}
              scale={difference}
              {...common}
            />
          </Term>
          <Term sign="=" matrix={total} wide={common.wide}>
            <Figure
              title="Effect of training"
              caption="remainder"
              matrix={fusing.remainder}
              scale={difference}
              {...common}
            />
          </Term>
        </>
      )}
    </div>
  );
}

function columnsOf({ before, after, total, fusing }: WholeView): Column[] {
  return [
    { name: 'Before', matrix: before },
    { name: 'After', matrix: after },
    { name: 'Difference', matrix: total, signed: true },
    ...(fusing
      ? [
          { name: 'Effect of fusing', matrix: fusing.alone, signed: true },
          { name: 'Effect of training', matrix: fusing.remainder, signed: true },
        ]
      : []),
  ];
}

function Controls({
  view,
  whole,
  choose,
  columns,
}: WholeContext & { readonly columns: readonly Column[] }): VNode {
  return (
    <>
      {view.sizes.length > 1 && (
        <Segmented
          label="Kernel"
          value={whole.size}
          options={view.sizes.map((value) => ({ value, label: value.replace('x', '×') }))}
          onChange={(size) => {
            choose({ size });
          }}
        />
      )}
      <Select
        label="Untrained before"
        value={whole.nulls.before}
        options={NULL_OPTIONS}
        onChange={(nullBefore) => {
          choose({ nullBefore });
        }}
      />
      <Select
        label="after"
        value={whole.nulls.after}
        options={NULL_OPTIONS}
        onChange={(nullAfter) => {
          choose({ nullAfter });
        }}
      />
      {view.hasFused && <WeightsChoice {...{ view, choose }} />}
      <CopyButton text={() => matricesCsv(columns)} />
    </>
  );
}

function WeightsChoice({ view, choose }: Pick<CompareContext, 'view' | 'choose'>): VNode {
  return (
    <Segmented
      label="Weights"
      value={view.weights}
      options={[
        { value: 'raw', label: 'Raw' },
        { value: 'fused', label: 'BN-fused' },
      ]}
      onChange={(weights) => {
        choose({ weights });
      }}
    />
  );
}
