import { fact, operation } from '../operation';
import { text } from '../schema';

/** Which ONNX model says the network of a weights-only file. */
export const attach = operation({
  facts: {
    /** What was chosen: the model's path, or `none`. */
    architecture: fact(text),
  },
  intents: { attachArchitecture: {}, detachArchitecture: {} },
});
