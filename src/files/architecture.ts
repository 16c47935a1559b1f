/** In place of a model's path: no model, whatever lies beside the file. */
export const NO_ARCHITECTURE = 'none';
