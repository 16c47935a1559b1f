/** This checkpoint − untrained = difference, with the paper beside it and its reading below. */
import type { VNode } from 'preact';
import { matricesCsv } from '../../charts/csv';
import type { Column } from '../../charts/csv';
import { ChanceKey, Legend, differenceMark, magnitudeMark } from '../../charts/legend';
import { closerToPlain, referenceReading, wholeModelReading } from '../../charts/reading';
import { CopyButton, Reading, Section, Segmented } from '../../ui/controls';
import { Figure, Term } from '../../ui/figure';
import type { KernelsContext } from './context';
import { REFERENCE_OPTIONS, nullWords } from '../../ui/null-words';
import type { KernelsView } from './model';
import { NumberTable } from '../../ui/number-table';

/** The average of the layers of one size, with the choices of weights, null model and scale. */
export function WholeModel(context: KernelsContext): VNode {
  const { view, format } = context;
  const count = view.result.layers;
  const zeros = view.layers.length - count;
  const size = view.sizes.length > 1 ? `${view.size.replace('x', '×')} ` : '';
  const leftOut = zeros > 0 ? `; ${format.count(zeros)} that are all zero are left out` : '';
  const note = `mean of ${format.counted(count, `${size}layer`)}, each divided by its largest position${leftOut}`;
  const columns = columnsOf(view);
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
          label={
            context.choices.scale === 'unit' ? 'magnitude (cividis, 0–1)' : 'magnitude (cividis, data range)'
          }
          scale={context.magnitude}
          write={magnitudeMark(context.magnitude, format)}
        />
        <Legend
          label="difference: below, above"
          scale={context.difference}
          write={differenceMark(context.difference, format)}
        />
        <ChanceKey scale={context.difference} />
      </div>
      <Reading sentences={readingOf(context)} />
      <NumberTable name="Whole model by position" columns={columns} format={format} />
    </Section>
  );
}

function readingOf({ view, format }: KernelsContext): string[] {
  const sentences = wholeModelReading({ ...view, layers: view.result.layers }, format);
  sentences.push(...closerToPlain(view.own, view.result.nullModel, view.nullName, format));
  if (view.size !== '3x3') {
    sentences.push('The paper’s figure 6 is of 3×3 kernels; for this size it has no counterpart.');
  } else if (view.nullName !== 'border') {
    sentences.push(referenceReading(view.result.nullModel.skeleton, format));
  }
  return sentences;
}

function Equation({ view, magnitude, difference, wide, format, viewport }: KernelsContext): VNode {
  const words = nullWords(view.reference);
  const common = { wide, format };
  return (
    <div class="equation">
      <Figure
        title="This checkpoint"
        caption={`shares of the largest position, ${view.weights === 'raw' ? 'raw' : 'batch norm fused'}`}
        matrix={view.own}
        scale={magnitude}
        digits={3}
        labelled
        {...common}
      />
      <Term sign="−" matrix={view.own} wide={wide}>
        <Figure
          title={words.title}
          caption={words.caption}
          matrix={view.untrained}
          scale={magnitude}
          digits={3}
          {...common}
        />
      </Term>
      <Term sign="=" matrix={view.own} wide={wide}>
        <Figure
          title="Difference"
          caption={`this − ${view.reference === 'permuted' ? 'permuted' : 'untrained'}`}
          matrix={view.difference}
          within={view.within}
          scale={difference}
          digits={3}
          {...common}
        />
      </Term>
      <div class={viewport.width >= 1280 && view.own.length <= 3 ? 'rule' : 'line-break'} />
      {view.references.map((reference) => (
        <Figure key={reference.column} {...reference} scale={magnitude} {...common} />
      ))}
    </div>
  );
}

function columnsOf(view: KernelsView): Column[] {
  const { result, untrained, difference } = view;
  return [
    { name: 'This checkpoint, raw', matrix: result.raw },
    ...(view.hasFused ? [{ name: 'This checkpoint, BN-fused', matrix: result.fused }] : []),
    { name: nullWords(view.reference).column, matrix: untrained },
    { name: 'Difference', matrix: difference, signed: true },
    ...view.references.map(({ column, matrix }) => ({ name: column, matrix })),
  ];
}

function Controls({
  view,
  choices,
  choose,
  columns,
}: KernelsContext & { readonly columns: readonly Column[] }): VNode {
  return (
    <>
      {view.sizes.length > 1 && <SizeChoice view={view} choose={choose} />}
      {view.hasFused && (
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
      )}
      <Segmented
        label="Compared with"
        value={view.reference}
        options={REFERENCE_OPTIONS}
        onChange={(nullModel) => {
          choose({ nullModel });
        }}
      />
      <Segmented
        label="Scale"
        value={choices.scale}
        options={[
          { value: 'unit', label: '0–1' },
          { value: 'data', label: 'Data range' },
        ]}
        onChange={(scale) => {
          choose({ scale });
        }}
      />
      <CopyButton text={() => matricesCsv(columns)} />
    </>
  );
}

function SizeChoice({ view, choose }: Pick<KernelsContext, 'view' | 'choose'>): VNode {
  return (
    <Segmented
      label="Kernel"
      value={view.size}
      options={view.sizes.map((value) => ({ value, label: value.replace('x', '×') }))}
      onChange={(size) => {
        choose({ size });
      }}
    />
  );
}
