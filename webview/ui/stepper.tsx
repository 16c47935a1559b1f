/** One stop of the Tab key over a chart: ←/→ step through its points and read them out, the mouse follows. */
import type { ComponentChildren, VNode } from 'preact';
import { nearestIndex } from '../../src/shared/charts/line-layout';
import type { LineLayout } from '../../src/shared/charts/line-layout';
import { moveIndex } from './keys';

export interface StepperProps {
  readonly name: string;
  readonly layout: LineLayout;
  /** In the units of the horizontal axis, from the least. */
  readonly values: readonly number[];
  /** Undefined before the reader has pointed at one. */
  readonly current: number | undefined;
  readonly onStep: (index: number) => void;
  /** What the chart shows at the current value. */
  readonly words: string;
  readonly children: ComponentChildren;
}

/** Wraps a chart whose points can be read one by one. */
export function Stepper({ name, layout, values, current, onStep, words, children }: StepperProps): VNode {
  const point = (event: MouseEvent) => {
    const left = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
    const index = nearestIndex(values.map(layout.x), left);
    if (index >= 0 && index !== current) onStep(index);
  };
  return (
    <div class="chart-box">
      {children}
      {values.length > 0 && (
        <div
          class="stepper"
          role="slider"
          tabIndex={0}
          aria-label={name}
          aria-valuemin={1}
          aria-valuemax={values.length}
          aria-valuenow={(current ?? 0) + 1}
          aria-valuetext={words}
          onKeyDown={(event) => {
            const next = moveIndex(event.key, current ?? -1, values.length);
            if (next === undefined) return;
            event.preventDefault();
            onStep(next);
          }}
          onMouseMove={point}
          onClick={point}
        />
      )}
    </div>
  );
}
