/** Folders of the packages that a build has taken files from. */
export function packagesOf(inputs: readonly string[]): string[];
/** One package's entry. @throws Error for a package without a licence */
export function noticeOf(folder: string): string;
/** The whole text for these packages. */
export function notices(folders: readonly string[]): string;
