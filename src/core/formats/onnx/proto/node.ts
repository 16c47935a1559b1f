import { CheckpointError } from '../../../errors';
import type { Field, WireReader } from '../../../encodings/protobuf/wire';
import { LIMITS } from './limits';
import { readTensor, shortText, type Range, type TensorProto } from './tensor';

/** An attribute as far as it is a number, a text or a tensor. */
export interface Attribute {
  readonly int?: number;
  readonly float?: number;
  readonly text?: string;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly tensor?: TensorProto;
  /** True if it holds graphs, types or sparse tensors, or names an attribute of the function around it. */
  readonly special: boolean;
}

/** A NodeProto. */
export interface NodeProto extends Range {
  /** Its place among the graph's nodes. */
  readonly index: number;
  readonly name: string;
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** An empty name is an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Values of the graph around that graphs in its attributes read. */
  readonly captured: readonly string[];
  /** The module of PyTorch's code that it was made for, where its metadata say so. */
  readonly module?: string;
}

/** Reads a node; graphs inside of it only as far as they read values from outside. */
export function readNode(wire: WireReader, range: Range, index: number, depth = 0): NodeProto {
  const node = {
    index,
    name: '',
    op: '',
    domain: '',
    inputs: new Array<string>(),
    outputs: new Array<string>(),
    attributes: new Map<string, Attribute>(),
    captured: new Set<string>(),
  };
  let module: string | undefined;
  for (const field of wire.fields(range.from, range.end)) {
    if (node.inputs.length + node.outputs.length > LIMITS.text)
      throw tooMany(field, wire, 'a node has too many inputs or outputs', LIMITS.text);
    if (field.number === 5) addAttribute(node, field, wire, depth);
    else if (field.number === 1) node.inputs.push(shortText(wire, field));
    else if (field.number === 2) node.outputs.push(shortText(wire, field));
    else if (field.number === 3) node.name = shortText(wire, field);
    else if (field.number === 4) node.op = shortText(wire, field);
    else if (field.number === 7) node.domain = shortText(wire, field);
    else if (field.number === 9) module ??= moduleOf(wire, field);
  }
  const domain = node.domain === 'ai.onnx' ? '' : node.domain;
  return {
    ...node,
    domain,
    captured: [...node.captured],
    ...(module === undefined ? {} : { module }),
    from: range.from,
    end: range.end,
  };
}

/** An entry of a node's metadata, as PyTorch's exporter writes it: `['', 'b1', 'b1.ls', 'mul']`, the node's own name last. */
function moduleOf(wire: WireReader, { from, end }: Range): string | undefined {
  let [key, value] = ['', ''];
  for (const field of wire.fields(from, end)) {
    if (field.number !== 1 && field.number !== 2) continue;
    // Others hold whole stack traces.
    if (field.end - field.from > LIMITS.text) return undefined;
    if (field.number === 1) key = wire.text(field);
    else value = wire.text(field);
  }
  if (key !== SCOPES || !/^\[('[\w.]*', )+'\w*'\]$/.test(value)) return undefined;
  return value.slice(2, -2).split("', '").at(-2);
}

const SCOPES = 'pkg.torch.onnx.name_scopes';

interface Draft {
  readonly attributes: Map<string, Attribute>;
  readonly captured: Set<string>;
}

/** Fields of AttributeProto whose meaning stays with the file: types, sparse tensors, an outer function's attribute. */
const SPECIAL: ReadonlySet<number> = new Set([14, 15, 21, 22, 23]);

function addAttribute(
  { attributes, captured }: Draft,
  { from, end }: Range,
  wire: WireReader,
  depth: number,
) {
  const numbers = { ints: new Array<number>(), floats: new Array<number>() };
  let name = '';
  let found: Partial<Attribute> = {};
  for (const field of wire.fields(from, end)) {
    if (field.number === 1) name = shortText(wire, field);
    else if (field.number === 7) addFloats(numbers.floats, field, wire);
    else if (field.number === 8) addInts(numbers.ints, field, wire);
    else if (field.number === 6 || field.number === 11) {
      for (const value of capturedBy(wire, field, depth + 1)) captured.add(value);
      found = { ...found, special: true };
    } else found = { ...found, ...single(field, wire) };
  }
  attributes.set(name, { special: false, ...found, ...numbers });
}

/** What a field of an attribute says that holds one value. */
function single(field: Field, wire: WireReader): Partial<Attribute> {
  switch (field.number) {
    case 2:
      return { float: float(wire, field.from) };
    case 3:
      return { int: field.value };
    case 4:
      return field.end - field.from <= LIMITS.text ? { text: wire.text(field) } : {};
    case 5:
      return { tensor: readTensor(wire, field) };
    default:
      return SPECIAL.has(field.number) ? { special: true } : {};
  }
}

/** Values that a graph in an attribute reads and does not make. */
function capturedBy(wire: WireReader, { from, end }: Range, depth: number): Set<string> {
  if (depth > LIMITS.depth) {
    throw new CheckpointError('graphs are nested too deeply', {
      path: wire.source.path,
      where: `byte ${from}`,
      expected: `at most ${LIMITS.depth}`,
    });
  }
  const made = new Set(['']);
  const read = new Set<string>();
  for (const field of wire.fields(from, end)) {
    if (field.number === 1) {
      const node = readNode(wire, field, 0, depth);
      for (const value of [...node.inputs, ...node.captured]) read.add(value);
      for (const value of node.outputs) made.add(value);
    } else if (field.number === 5) made.add(readTensor(wire, field).name);
    else if (field.number === 11) made.add(nameOf(wire, field));
    // What the graph gives back may be a value from outside itself.
    else if (field.number === 12) read.add(nameOf(wire, field));
  }
  for (const value of made) read.delete(value);
  return read;
}

function nameOf(wire: WireReader, { from, end }: Range): string {
  for (const field of wire.fields(from, end)) if (field.number === 1) return shortText(wire, field);
  return '';
}

function addFloats(floats: number[], field: Field, wire: WireReader): void {
  if ((field.end - field.from) / 4 + floats.length > LIMITS.numbers)
    throw tooMany(field, wire, 'an attribute has too many numbers', LIMITS.numbers);
  for (let at = field.from; at + 4 <= field.end; at += 4) floats.push(float(wire, at));
}

function addInts(ints: number[], field: Field, wire: WireReader): void {
  for (const value of wire.integers(field)) {
    if (ints.length >= LIMITS.numbers)
      throw tooMany(field, wire, 'an attribute has too many numbers', LIMITS.numbers);
    ints.push(value);
  }
}

function tooMany({ start }: Field, wire: WireReader, what: string, most: number): CheckpointError {
  const { path } = wire.source;
  return new CheckpointError(what, { path, where: `byte ${start}`, expected: `at most ${most}` });
}

function float(wire: WireReader, at: number): number {
  const bytes = wire.bytes(at, at + 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}
