/**
 * Milliseconds after which whatever is waited for counts as hanging. A busy machine may take long for anything, so no test
 * is about this time.
 */
export const LIMIT = 120_000;
