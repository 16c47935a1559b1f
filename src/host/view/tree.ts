import type { FileStamp } from './headers';
import { addTo } from '../../shared/groups';

/** A checkpoint of the workspace. */
export interface FileNode extends FileStamp {
  readonly kind: 'file';
  readonly name: string;
  /** Relative to the workspace, with `/`; empty at its root. */
  readonly folder: string;
}

/** A folder that holds checkpoints. */
interface FolderNode {
  readonly kind: 'folder';
  /** Relative to the workspace, as in `runs/mnist`. */
  readonly folder: string;
  readonly files: readonly FileNode[];
  /** Open to begin with: the headers of closed folders are not read. */
  readonly open: boolean;
}

/** A row of the view. */
export type TreeNode = FileNode | FolderNode;

// Rows that are in sight without scrolling, more or less.
const OPEN_FILES = 30;

/** Files at the root first, then folders, both by name, numbers by value. */
export function arrange(files: readonly FileNode[]): TreeNode[] {
  const sorted = [...files].sort((a, b) => compare(a.folder, b.folder) || compare(a.name, b.name));
  const folders = new Map<string, FileNode[]>();
  for (const file of sorted) addTo(folders, file.folder, file);
  const open = files.length <= OPEN_FILES;
  return [...folders].flatMap(([folder, inside]): TreeNode[] =>
    folder === '' ? inside : [{ kind: 'folder', folder, files: inside, open }],
  );
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
