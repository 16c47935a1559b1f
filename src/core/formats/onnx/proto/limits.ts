/** What a model may hold. The largest published networks stay below a tenth of each. */
export const LIMITS = {
  nodes: 500_000,
  tensors: 500_000,
  /** Axes of one tensor or value. */
  rank: 32,
  /** Bytes of one name or other text that is looked at. */
  text: 64 * 1024,
  /** Numbers of one attribute that is looked at. */
  numbers: 1 << 20,
  /** Graphs inside of graphs (bodies of If and Loop). */
  depth: 16,
} as const;
