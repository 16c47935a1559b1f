import { h } from 'preact';
import type { VNode } from 'preact';
import type { Shape } from '../../src/shared/charts/shape';

/** Parts of a drawing as nodes of the page. */
export function Shapes({ of }: { readonly of: readonly Shape[] }): VNode {
  return <>{of.map(({ tag, attributes, text }) => h(tag, attributes, text))}</>;
}
