/** Which values a network takes, and the layer that shows it. */

/** What is known of the values; see `core/graph/input-values`. */
interface Evidence {
  readonly highest: 255 | 1;
  readonly by: 'rescaling' | 'normalization' | 'batchNorm';
  readonly layer: string;
  readonly isCertain: boolean;
}

/** As in `because the network rescales by itself (rescaling)`. */
export function inputEvidenceWords({ highest, by, layer, isCertain }: Evidence): string {
  if (by === 'batchNorm') return `as the statistics of its first batch norm show (${layer})`;
  if (highest === 1) return `as its first layer expects (${layer})`;
  const does = by === 'rescaling' ? 'rescales' : 'normalises';
  return `because the network ${isCertain ? '' : 'probably '}${does} by itself (${layer})`;
}

/** As in `0–255, because the network rescales by itself (rescaling)`. */
export function inputValuesWords(evidence: Evidence): string {
  return `0–${evidence.highest}, ${inputEvidenceWords(evidence)}`;
}
