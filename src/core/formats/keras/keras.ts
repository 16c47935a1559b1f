import type { Format } from '../../checkpoint';
import { UnsupportedError } from '../../errors';

/** Keras 3's own format: a zip of config.json, metadata.json and model.weights.h5. */
export const keras: Format = {
  id: 'keras',
  label: 'Keras',
  extensions: ['.keras'],
  match: (source) => source.size > 4 && source.read(0, 4).join() === '80,75,3,4',
  open: (source) => Promise.reject(new UnsupportedError('not built yet', { path: source.path })),
};
