/** The bundle of texts as it is written. */
export function bundleText(): string;
