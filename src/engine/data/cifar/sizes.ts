/** Height and width of CIFAR's images. */
export const SIDE = 32;
/** Channels of CIFAR's images. */
export const CHANNELS = 3;
/** Bytes of an image: a plane each of red, green and blue. */
export const PIXELS = CHANNELS * SIDE * SIDE;
