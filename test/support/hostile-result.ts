import type { InspectResult, SiteResult } from '../../src/contract/results';

/** What inspecting a file says that has a text of its own choice wherever a file can put one. */
export function sampleInspection(text: string): InspectResult {
  const site: SiteResult = {
    name: text,
    kernel: [3, 3],
    inChannels: 3,
    outChannels: 4,
    stride: [1, 1],
    dilation: [1, 1],
    groups: 1,
    kind: 'plain',
    batchNorm: 'separate',
    normByName: text,
    eligible: true,
    reason: text,
    selected: true,
    macs: 1,
    output: [8, 8],
  };
  return {
    ...{
      format: 'onnx',
      formatLabel: 'ONNX',
      hasGraph: true,
      parameters: 1,
      trainableParameters: 1,
      macs: 1,
    },
    ...{
      sites: [site, { ...site, eligible: false, selected: false }],
      warnings: [text],
      size: 1,
      tensors: 1,
    },
    ...{ framework: text, facts: [{ label: text, value: text }], inputs: [text], outputs: [text] },
    ...{ inputShapes: [[null, 28, 28, 1]], outputShapes: [[null, 10]] },
    unsupported: [text],
  };
}
