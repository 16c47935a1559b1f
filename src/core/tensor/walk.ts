/** An axis of a strided layout, in the middle of a walk over it. */
export interface WalkedAxis {
  readonly size: number;
  /** From one element of the axis to the next, in elements. */
  readonly stride: number;
  at: number;
}

/** The axes of a layout at its first element, the last axis first: that one moves first. */
export function walked(axes: ReadonlyArray<Pick<WalkedAxis, 'size' | 'stride'>>): WalkedAxis[] {
  return axes.map(({ size, stride }) => ({ size, stride, at: 0 })).reverse();
}

/** Moves to the next element in row-major order. @returns how far its offset lies from the one before, in elements */
export function step(axes: readonly WalkedAxis[]): number {
  let moved = 0;
  for (const axis of axes) {
    axis.at += 1;
    moved += axis.stride;
    if (axis.at < axis.size) break;
    moved -= axis.stride * axis.size;
    axis.at = 0;
  }
  return moved;
}
