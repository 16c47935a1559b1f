/** Gradients of convolutions that TensorFlow has of its own; without its oneDNN kernels, neither. */
export interface ConvolutionGradients {
  readonly groupedGradients: boolean;
  readonly dilatedGradients: boolean;
}

/** What this build of TensorFlow can compute on this machine. */
export interface Capabilities {
  readonly float32: ConvolutionGradients;
  /**
   * Undefined where it has no such convolutions, or none that are worth it: a processor without arithmetic of that type
   * takes ten times as long as in float32. The kernels, and so the gradients, are not those of float32.
   */
  readonly bfloat16?: ConvolutionGradients;
  /** Batch norms of bfloat16 images, which are otherwise changed to float32 and back. */
  readonly bfloat16Norms: boolean;
  /** The operators of our own. */
  readonly sumsOfNorms: boolean;
  /** Convolutions of our own, where they are faster. */
  readonly ownConvolutions: boolean;
}
