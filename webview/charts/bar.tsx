import type { VNode } from 'preact';

const WIDTH = 72;

/** A share from 0 to 1 as the length of a bar. */
export function Bar({ share }: { readonly share: number }): VNode {
  return (
    <svg width={WIDTH} height="8">
      <rect class="bar" y="1" width={(WIDTH * share).toFixed(1)} height="6" />
    </svg>
  );
}
