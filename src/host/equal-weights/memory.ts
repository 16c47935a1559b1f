import { equalWeights, type EqualWeights } from '../../contract/given';
import { FileChoices, type Store } from '../files/file-choices';

/** Whether weights that a file has once, because they are equal, are one layer's or several layers'. */
export class EqualWeightsMemory extends FileChoices<EqualWeights> {
  private readonly asked = new Set<string>();

  constructor(store: Store) {
    super(store, 'acnet.equalWeights', equalWeights);
  }

  /**
   * True once for each file and way of asking in a window, where nobody has chosen: whoever has left the question
   * unanswered is not asked again.
   */
  isToBeAsked(file: string, how: string): boolean {
    const key = `${how} ${file}`;
    if (this.of(file) !== undefined || this.asked.has(key)) return false;
    this.asked.add(key);
    return true;
  }
}
