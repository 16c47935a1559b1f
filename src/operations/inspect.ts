import { withConvolutions } from '../core/acnet/loose';
import { findSites } from '../core/acnet/sites';
import type { Site } from '../core/acnet/types';
import type { Checkpoint, Format, Reading } from '../core/checkpoint';
import { formatOf } from '../core/formats/registry';
import { macsOf, operatorOf } from '../core/graph/build';
import type { Graph, GraphNode } from '../core/graph/graph';
import { inputValuesOf } from '../core/graph/input-values';
import { describeShape } from '../core/graph/ops/image';
import { frozenLayers, isTrained, learntParameters, omittedWords } from '../core/graph/training';
import { sizeOf, type TensorRef } from '../core/tensor/tensor';
import { openCheckpointFile, type OpenOptions } from '../files/open';
import { landingResult } from './kit/landings';
import type { InspectResult, SiteResult, ValueShapeResult } from '../contract/results';

/**
 * Reads a checkpoint's header: facts, network, and the convolutions that could become or are ACBs.
 * @throws CheckpointError if the file cannot be read as a checkpoint.
 */
export async function inspectFile(path: string, options: OpenOptions & Reading = {}): Promise<InspectResult> {
  const checkpoint = await openCheckpointFile(path, options);
  try {
    return inspectCheckpoint(checkpoint);
  } finally {
    checkpoint.close();
  }
}

/** The same of a checkpoint that is open already; reads no weights but those of row selectors and of norms at the input. */
export function inspectCheckpoint(checkpoint: Checkpoint): InspectResult {
  const { graph, metadata, format } = checkpoint;
  const own = formatOf(checkpoint);
  const architecture = checkpoint.weights?.architecture;
  return {
    format,
    formatLabel: own.label,
    hasGraph: graph !== undefined,
    ...countWeights(checkpoint),
    trainableParameters: graph ? trainable(checkpoint, graph) : null,
    ...(graph && trainingOf(graph)),
    macs: graph ? sumOfMacs(graph.nodes, checkpoint, graph) : null,
    sites: sitesOf(checkpoint),
    warnings: checkpoint.warnings,
    size: checkpoint.size,
    framework: metadata.framework,
    facts: metadata.facts,
    inputs: describeValues(own, graph, graph?.inputs),
    outputs: describeValues(own, graph, graph?.outputs),
    inputShapes: shapesOf(graph, graph?.inputs),
    outputShapes: shapesOf(graph, graph?.outputs),
    ...inputValues(checkpoint, graph),
    tensors: checkpoint.tensors.size,
    ...(architecture && { architecture }),
    unsupported: unsupportedOperators(graph),
  };
}

/** Sites of the network, or of the weights without one: there a batch norm is recognised only by its name. */
function sitesOf(checkpoint: Checkpoint): SiteResult[] {
  if (checkpoint.graph) return sitesOfGraph(checkpoint, checkpoint.graph);
  const known = withConvolutions(checkpoint, false);
  const named = new Map(
    findSites(withConvolutions(checkpoint, true)).flatMap(({ name, absorbs }) =>
      absorbs ? [[name, absorbs.name] as const] : [],
    ),
  );
  return findSites(known).map((site) => {
    const result = siteResult(site, { ...known, graph: undefined });
    const norm = site.kind === 'plain' ? named.get(site.name) : undefined;
    if (norm === undefined) return result;
    const reason = result.reason ?? `${norm} looks like its batch norm (by name only)`;
    return { ...result, batchNorm: 'separate', normByName: norm, reason };
  });
}

/** Types of what sets an operator rather than weighs anything. */
const SETTINGS: ReadonlySet<string> = new Set(['int64', 'int32', 'bool']);

/** Names under which weights without a network have what their framework does not count: PyTorch's buffers of batch norms. */
const STATISTICS = /(^|[._/])running_(mean|var)$/;

/** Parameters as the file's framework counts them, which of batch norms' running statistics is Keras's way and not PyTorch's. */
function countWeights(checkpoint: Checkpoint): Pick<InspectResult, 'parameters' | 'statistics'> {
  const weights = weightsOf(checkpoint);
  const total = (some: readonly TensorRef[]): number =>
    some.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (formatOf(checkpoint).family === 'keras') return { parameters: total(weights) };
  const measured = statisticsOf(checkpoint);
  const statistics = total(weights.filter((tensor) => measured.has(tensor)));
  return { parameters: total(weights) - statistics, ...(statistics > 0 && { statistics }) };
}

function statisticsOf({ graph, tensors }: Checkpoint): Set<TensorRef> {
  const named = graph
    ? graph.nodes.flatMap((node) =>
        operatorOf(node).parameters.flatMap(({ role, trainable }) =>
          trainable ? [] : [node.parameters[role]],
        ),
      )
    : [...tensors.keys()].filter((name) => STATISTICS.test(name));
  return new Set(
    named.flatMap((name) => {
      const tensor = name === undefined ? undefined : tensors.get(name);
      return tensor ? [tensor] : [];
    }),
  );
}

/** Tensors of the network, each once; all of the file where there is none, but for PyTorch's counters. */
function weightsOf({ graph, tensors }: Checkpoint): TensorRef[] {
  if (!graph) return [...tensors.values()].filter(({ dtype }) => dtype !== 'int64' && dtype !== 'bool');
  const weights = new Set<TensorRef>();
  for (const { op, parameters } of graph.nodes) {
    for (const name of Object.values(parameters)) {
      const tensor = tensors.get(name);
      // Whole numbers that a foreign operator takes are its settings (shapes, axes, pads of ONNX), quantised weights apart.
      if (tensor && !(op === 'opaque' && SETTINGS.has(tensor.dtype))) weights.add(tensor);
    }
  }
  return [...weights];
}

function trainingOf(graph: Graph): Pick<InspectResult, 'frozenLayers' | 'leftOut'> {
  const [frozen, leftOut] = [frozenLayers(graph), omittedWords(graph)];
  return {
    ...(frozen.length > 0 && { frozenLayers: frozen }),
    ...(leftOut.length > 0 && { leftOut }),
  };
}

/** Null where a layer that is not known has weights: nobody can say which of them are trained. */
function trainable({ tensors }: Checkpoint, graph: Graph): number | null {
  const isUnknown = graph.nodes.some(
    ({ op, parameters, frozen }) =>
      op === 'opaque' &&
      isTrained({ frozen }) &&
      Object.values(parameters).some((name) => !SETTINGS.has(tensors.get(name)?.dtype ?? 'int64')),
  );
  if (isUnknown) return null;
  const names = learntParameters(graph.nodes).keys();
  return [...names].reduce((sum, name) => sum + sizeOf(tensors.get(name)?.shape ?? [0]), 0);
}

/** Of a network that takes one image. */
function inputValues({ tensors }: Checkpoint, graph: Graph | undefined): Pick<InspectResult, 'inputValues'> {
  const [input, ...others] = graph?.inputs ?? [];
  if (!graph || input === undefined || others.length > 0 || graph.shapes.get(input)?.length !== 4) return {};
  const { evidence } = inputValuesOf({ graph, tensors });
  return evidence ? { inputValues: evidence } : {};
}

function sumOfMacs(nodes: readonly GraphNode[], { tensors }: Checkpoint, graph: Graph): number | null {
  let sum = 0;
  for (const node of nodes) {
    const macs = macsOf(node, graph, tensors);
    if (macs === null) return null;
    sum += macs;
  }
  return sum;
}

/** In graph order, and those of transposed convolutions, which never become blocks, among them. */
function sitesOfGraph(checkpoint: Checkpoint, graph: Graph): SiteResult[] {
  const found = new Map(findSites(checkpoint).map((site) => [site.name, siteResult(site, checkpoint)]));
  return graph.nodes.flatMap((node) => {
    if (node.op !== 'conv2dTranspose') return found.get(node.name) ?? [];
    if (node.origin && node.origin.call > 0) return [];
    const { kernelSize, filters, strides, dilations } = node.attributes;
    const output = graph.shapes.get(node.outputs[0]);
    return {
      name: node.name,
      kernel: kernelSize,
      inChannels: checkpoint.tensors.get(node.parameters.kernel)?.shape[3] ?? 0,
      outChannels: filters,
      stride: strides,
      dilation: dilations,
      groups: 1,
      kind: 'plain',
      batchNorm: 'none',
      eligible: false,
      reason: 'transposed: it spreads its kernel out instead of sliding it',
      selected: false,
      macs: macsOf(node, graph, checkpoint.tensors),
      output: output ? [output[1], output[2]] : null,
    };
  });
}

function siteResult(site: Site, checkpoint: Checkpoint): SiteResult {
  const { conv, block } = site;
  const { graph, tensors } = checkpoint;
  const { strides, dilations, groups, filters } = conv.attributes;
  const convolutions = block ? [block.square.conv, block.horizontal.conv, block.vertical.conv] : site.calls;
  const output = graph?.shapes.get(conv.outputs[0]);
  return {
    name: site.name,
    kernel: site.kernel,
    inChannels: (tensors.get(conv.parameters.kernel)?.shape[2] ?? 0) * groups,
    outChannels: filters,
    stride: strides,
    dilation: dilations,
    groups,
    kind: site.kind,
    ...(block && { landing: landingResult(block, site.name, site.kernel, checkpoint) }),
    batchNorm: site.batchNorm,
    eligible: site.eligible,
    ...(site.reason === undefined ? {} : { reason: site.reason }),
    selected: site.selected,
    ...(site.isOnlyFrozen && { onlyFrozen: true }),
    macs: graph ? sumOfMacs(convolutions, checkpoint, graph) : null,
    output: output ? [output[1], output[2]] : null,
  };
}

/** Images of a format whose files have them in another order are labelled with the order that is shown. */
function describeValues(
  { family }: Format,
  graph: Graph | undefined,
  values: readonly string[] = [],
): string[] {
  return values.map((value) => {
    const shape = graph?.shapes.get(value);
    return shape?.length === 4 && family !== 'keras'
      ? `${describeShape(shape)} (NHWC)`
      : describeShape(shape);
  });
}

function shapesOf(graph: Graph | undefined, values: readonly string[] = []): ValueShapeResult[] {
  return values.map((value) => graph?.shapes.get(value) ?? null);
}

/** Types of the operators that are not supported. */
function unsupportedOperators(graph: Graph | undefined): string[] {
  const types = (graph?.nodes ?? []).flatMap((node) => (node.op === 'opaque' ? [node.attributes.type] : []));
  return [...new Set(types)];
}
