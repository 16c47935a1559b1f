import type { Backend } from '../../src/engine/backend';
import { createPortableBackend } from '../../src/engine/portable/backend';
import { nativeBackend } from './native';

let chosen: () => Promise<Backend> = nativeBackend;

/** Makes the tests of this file's process run on the portable backend. */
export function choosePortable(): void {
  chosen = createPortableBackend;
}

/** The backend that a table of tests, shared by the backends, is run on: TensorFlow unless a file chose otherwise. */
export function chosenBackend(): Promise<Backend> {
  return chosen();
}
