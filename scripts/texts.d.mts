/** The catalogues: a name for each side, and what is written for it. */
export function catalogues(): Readonly<Record<string, string>>;

/** Where a side's catalogue lies. */
export function catalogueFile(side: string): string;

/** The texts of a source file, each once. */
export function textsOf(file: string, source: string): string[];
