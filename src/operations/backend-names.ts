export type BackendName = 'tensorflow' | 'portable';

/** Every backend, by the name that it is chosen by. */
export const BACKENDS: readonly BackendName[] = ['tensorflow', 'portable'];
