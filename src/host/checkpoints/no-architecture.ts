/** In place of a model that says how the network of a file of weights is built: none, whatever lies beside the file. */
export const NO_ARCHITECTURE = 'none';
