import type { Attributes } from '../../../encodings/hdf5/attributes';
import type { Hdf5Dataset, Hdf5File } from '../../../encodings/hdf5/file';

/**
 * The groups of a weights file by path, `/` between the parts. Keras on Windows once wrote paths with backslashes: there
 * `layers\conv2d` is the name of one group at the top, which is found here as `layers/conv2d`.
 */
export class GroupPaths {
  /** Path in the file of every group, by its path with slashes. */
  private readonly groups: ReadonlyMap<string, string>;
  private readonly datasets: readonly (readonly [string, Hdf5Dataset])[];
  private readonly children = new Map<string, Set<string>>();

  constructor(private readonly file: Hdf5File) {
    this.groups = new Map([...file.groups.keys()].map((path) => [plain(path), path] as const));
    this.datasets = [...file.datasets.values()].map((data) => [plain(data.path), data] as const);
    for (const path of this.groups.keys()) this.addChild(path);
  }

  /** Names of the groups right below one; `undefined` if there is no such group. */
  below(group: string): readonly string[] | undefined {
    const children = this.children.get(group);
    return children ? [...children] : this.groups.has(group) ? [] : undefined;
  }

  attributesOf(group: string): Attributes {
    const path = this.groups.get(group);
    return path === undefined ? {} : this.file.attributesOf(path);
  }

  /** Data sets anywhere below a group, by their path within it. */
  datasetsBelow(group: string): { name: string; data: Hdf5Dataset }[] {
    const start = `${group}/`;
    return this.datasets.flatMap(([path, data]) =>
      path.startsWith(start) ? [{ name: path.slice(start.length), data }] : [],
    );
  }

  /** Groups above are there even where only the long name is. */
  private addChild(path: string): void {
    const parts = path.split('/');
    parts.forEach((part, i) => {
      const parent = parts.slice(0, i).join('/');
      const children = this.children.get(parent) ?? new Set();
      this.children.set(parent, children.add(part));
    });
  }
}

function plain(path: string): string {
  return path.replace(/\\/g, '/');
}
