import { Component, h } from 'preact';
import type { FunctionComponent, JSX } from 'preact';

/** A component that is drawn again only when one of its props is another value. */
export function memo<P extends object>(inner: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return differs(this.props, next) || differs(next, this.props);
    }
    override render(): JSX.Element {
      return h(inner, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}

function differs(a: object, b: object): boolean {
  return Object.entries(a).some(([name, value]) => value !== (b as Record<string, unknown>)[name]);
}
