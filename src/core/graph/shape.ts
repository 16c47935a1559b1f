/** A size that may be unknown before data arrives (batch, or spatial sizes of a fully convolutional network). */
export type Dim = number | null;

/** Shape of an activation, batch first, NHWC for images. */
export type ValueShape = readonly Dim[];
