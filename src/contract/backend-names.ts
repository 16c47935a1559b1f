/** Every backend, by the name that it is chosen by. */
export const BACKENDS = ['tensorflow', 'portable'] as const;
export type BackendName = (typeof BACKENDS)[number];
