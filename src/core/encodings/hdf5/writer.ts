import type { Shape } from '../../tensor/tensor';
import { loadHdf5, type Session } from './library';
import type { Elements } from '../../tensor/decode';

/** Builds one HDF5 file in memory. */
export class Hdf5Writer {
  private readonly groups = new Set<string>(['']);

  constructor(private readonly session: Session) {}

  /** Makes a group and those above it, if need be. */
  group(path: string): void {
    if (this.groups.has(path)) return;
    const cut = path.lastIndexOf('/');
    this.group(path.slice(0, Math.max(cut, 0)));
    this.session.module.create_group(this.session.file, `/${path}`, false);
    this.groups.add(path);
  }

  /** A data set, row-major; its groups are made. */
  dataset(path: string, shape: Shape, data: Elements): void {
    const cut = path.lastIndexOf('/');
    const parent = path.slice(0, Math.max(cut, 0));
    this.group(parent);
    this.at(parent).create_dataset({ name: path.slice(cut + 1), data, shape: [...shape] });
  }

  /** A text of any length, stored as Python's h5py stores a `str`. */
  text(path: string, name: string, value: string): void {
    this.group(path);
    this.at(path).create_attribute(name, value, [], 'S');
  }

  /** A list of texts of fixed width, as Keras stores names; the empty list is one of numbers, as there. */
  texts(path: string, name: string, values: readonly string[]): void {
    this.group(path);
    if (values.length === 0) {
      this.at(path).create_attribute(name, new Float64Array(0), [0], '<d');
      return;
    }
    const width = Math.max(1, ...values.map((value) => new TextEncoder().encode(value).length));
    this.at(path).create_attribute(name, [...values], [values.length], `S${width}`);
  }

  private at(path: string) {
    return new this.session.h5.Group(this.session.file, path ? `/${path}` : '/');
  }
}

/** Bytes of a new HDF5 file. @param path for errors. @param form see `Hdf5Library.create` */
export async function buildHdf5(
  path: string,
  build: (writer: Hdf5Writer) => void,
  form?: 'oldest' | 'default',
): Promise<Uint8Array> {
  const library = await loadHdf5();
  return library.create(path, (session) => build(new Hdf5Writer(session)), form);
}
