/** The inspector as VS Code knows it. */
export const VIEW_TYPE = 'acnet.inspector';
/** The same editor where it is offered, not the default: other extensions own these files too. */
export const OPTIONAL_VIEW_TYPE = `${VIEW_TYPE}.hdf5`;
