import type { Format } from '../../checkpoint';
import { UnsupportedError } from '../../errors';

/** Keras's legacy HDF5 format: a full model, or weights alone (which open without a graph). */
export const kerasH5: Format = {
  id: 'keras-h5',
  label: 'Keras HDF5',
  extensions: ['.h5', '.hdf5'],
  match: (source) => source.size > 8 && source.read(0, 4).join() === '137,72,68,70',
  open: (source) => Promise.reject(new UnsupportedError('not built yet', { path: source.path })),
};
