/** Rows of equal length: one number for each position of a kernel, or of whatever is drawn as such. */
export type Matrix = ReadonlyArray<readonly number[]>;

/** As a matrix, with nothing at positions that do not exist or have no value. */
export type SparseMatrix = ReadonlyArray<ReadonlyArray<number | null>>;
