/** Where the one-dimensional kernels of a block land on its square kernel. Rows and columns count from 0. */
export interface LandingWords {
  readonly row: number;
  readonly column: number;
  readonly variant: 'skeleton' | 'border' | 'other';
  readonly source: 'network' | 'stored' | 'assumed';
}

const SOURCES: Readonly<Record<LandingWords['source'], string>> = {
  network: '',
  stored: ', stored in the file',
  assumed: ', assumed: the file does not store it',
};

/** `border, stored in the file`: short, for a table. */
export function landingName({ row, column, variant, source }: LandingWords): string {
  const name = variant === 'other' ? `row ${row}, column ${column}` : variant;
  return `${name}${SOURCES[source]}`;
}

/** `2 blocks of 3×3: branches on row 2 and column 2, counted from 0 (border, stored in the file)`. */
export function landingLine(
  landing: LandingWords & { readonly kernel: readonly [number, number]; readonly blocks: number },
): string {
  const { row, column, kernel, blocks } = landing;
  const what = `${blocks} ${blocks === 1 ? 'block' : 'blocks'} of ${kernel.join('×')}`;
  return `${what}: branches on row ${row} and column ${column}, counted from 0 (${landingName(landing)})`;
}
