import { z } from 'zod';
import { FileChoices, type Store } from './file-choices';
import type { FileStates } from './file-states';

/** In place of a model: none, whatever lies beside the file. */
export const NO_ARCHITECTURE = 'none';

/** Which ONNX model says how the network of a file of weights is built: its path, or `none`. */
export class Architectures extends FileChoices<string> {
  /** @param keyOf the name of a file among the states of files */
  constructor(
    store: Store,
    private readonly states: FileStates,
    private readonly keyOf: (file: string) => string,
  ) {
    super(store, 'acnet.architectures', z.string());
    for (const [file, model] of this.all) this.show(file, model);
  }

  /** @param model path of an ONNX model, or `none` */
  override choose(file: string, model: string): void {
    this.show(file, model);
    super.choose(file, model);
  }

  private show(file: string, model: string): void {
    this.states.update(this.keyOf(file), { architecture: model });
  }
}
