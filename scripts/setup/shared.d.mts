/** Where the set-up keeps what it downloads. */
export const cache: string;
