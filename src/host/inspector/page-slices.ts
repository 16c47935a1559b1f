import type { KernelSlicesResult } from '../../contract/results';
import type { InspectorState, Loadable, SlicesState } from '../../contract/page';
import type { Disposable } from '../dispose';
import type { InspectorModel, SlicesWish } from './model';

/**
 * The layer that one page looks at from near. Each page of a file has its own: two that shared one and looked at
 * different layers would ask for theirs in turn, without end.
 */
export class PageSlices implements Disposable {
  private shown: { readonly of: InspectorState['inspect']; readonly slices: SlicesState } | undefined;
  private reading = new AbortController();

  constructor(
    private readonly model: InspectorModel,
    private readonly onChange: () => void,
  ) {}

  /** Nothing once the file was read anew: the page then asks again. */
  get state(): SlicesState | undefined {
    return this.shown?.of === this.model.state.inspect ? this.shown.slices : undefined;
  }

  /** Reads one layer from near; a newer wish takes the place of one under way. */
  async load(wanted: SlicesWish): Promise<void> {
    this.reading.abort();
    this.reading = new AbortController();
    const { signal } = this.reading;
    const { layer } = wanted;
    const { inspect } = this.model.state;
    const show = (data: Loadable<KernelSlicesResult>): void => {
      this.shown = { of: inspect, slices: { layer, data } };
      this.onChange();
    };
    // The numbers of a filter stay until those of the next are there.
    if (this.state?.layer !== layer) show({ phase: 'loading' });
    const data = await this.model.readSlices(wanted, signal);
    if (data) show(data);
  }

  dispose(): void {
    this.reading.abort();
  }
}
