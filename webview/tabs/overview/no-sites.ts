/** The text where there is no table of sites. Pure. */
import type { InspectResult } from '../../../src/contract/results';
import type { Format } from '../../../src/shared/format';

/** Why there is no table of sites. */
export function noSitesWords(
  { hasGraph, tensors, unsupported, architecture }: InspectResult,
  format: Format,
): { readonly title: string; readonly text: string } {
  const held = `It holds ${format.counted(tensors, 'tensor')}`;
  const nothing = 'so there is nothing to draw and nothing to convert';
  if (hasGraph && unsupported.length > 0) {
    return {
      title: 'This checkpoint has no k×k convolution that can be read.',
      text: `Convolutions may be among the layers that are not supported here (${unsupported.join(', ')}). They are kept as they are, ${nothing}.`,
    };
  }
  if (hasGraph) {
    return {
      title: 'This checkpoint has no k×k convolution.',
      text: `${held}, none of them a kernel of 2×2 or more, ${nothing}.`,
    };
  }
  const title = 'This file holds weights without the network.';
  if (architecture) {
    return {
      title,
      text: `${held}, none of them recognised, by name and shape, as a convolution’s kernel of up to 31×31, ${nothing}.`,
    };
  }
  return {
    title,
    text: `${held}. Which layer feeds which is not stored in it, so nothing can be converted; save the whole model to convert it. Kernels that are known by their names are drawn on the Kernels tab.`,
  };
}
