import { Component, h } from 'preact';
import type { FunctionComponent, VNode } from 'preact';

/** A component that is drawn again only when one of its props is another value. */
export function memo<F extends (props: never) => VNode>(inner: F): F {
  class Memo extends Component<object> {
    override shouldComponentUpdate(next: Readonly<object>): boolean {
      return differs(this.props, next) || differs(next, this.props);
    }
    override render(): VNode<object> {
      return h(inner as unknown as FunctionComponent<object>, this.props);
    }
  }
  return Memo as unknown as F;
}

function differs(a: object, b: object): boolean {
  return Object.entries(a).some(([name, value]) => value !== (b as Record<string, unknown>)[name]);
}
