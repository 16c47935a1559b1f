import { inputOf } from '../../../../graph/node';
import { item } from '../../../../item';
import type { NodeProto } from '../../proto/node';
import type { NodeReading } from '../node-reading';
import { Unreadable } from '../state';

/** How many nodes behind an Erf are looked at: exporters write the pattern in one go. */
const NEAR = 8;

/**
 * Erf as the heart of x · (1 + erf(x / √2)) · 1/2, which is how exporters say GELU before it was an operator of ONNX's
 * own. The five nodes become one; any other Erf is kept unsupported.
 */
export function erf(r: NodeReading): void {
  const { state, node } = r;
  r.finish();
  const inner = r.held(0).value;
  const scaled = state.maker(inner);
  const group = scaled && state.groups.get(scaled.name);
  if (scaled?.op !== 'rescaling' || group?.nodes.length !== 1) throw other();
  const input = item(node.inputs, 0);
  if (state.readers.get(input) !== 1) throw other();
  const { scale, offset } = scaled.attributes;
  const [factor = NaN, ...more] = scale;
  const isRoot = more.length === 0 && Math.abs(factor - Math.SQRT1_2) < 1e-6 && offset.every((n) => n === 0);
  if (!isRoot) throw other();
  const value = inputOf(scaled);
  const order = r.held(0).order;
  const plusOne = next(r, node, 'Add', (name) => isNumber(r, name, 1));
  const times = next(r, plusOne, 'Mul', (name) => state.held.get(name)?.value === value);
  const half = next(r, times, 'Mul', (name) => isNumber(r, name, 0.5));
  const result = outputOf(half);
  const made = r.emit('gelu', { approximate: false }, [value]);
  state.replace(inner, undefined);
  state.groups.delete(scaled.name);
  state.held.delete(input);
  for (const { index } of [plusOne, times, half]) state.taken.add(index);
  r.alsoFrom.push(...group.sources);
  r.andFrom.push(plusOne.index, times.index, half.index);
  state.hold(result, made, order);
}

/** The one node that reads what a node makes, if it is the wanted operator with the wanted other input. */
function next(
  { state }: NodeReading,
  node: NodeProto,
  op: string,
  fits: (otherInput: string) => boolean,
): NodeProto {
  const { nodes } = state.model.graph;
  const [from, output] = [node.index + 1, outputOf(node)];
  const found = nodes.slice(from, from + NEAR).find(({ inputs }) => inputs.includes(output));
  const [second, ...more] = found?.inputs.filter((input) => input !== output) ?? [];
  const isAlone = state.readers.get(output) === 1;
  if (found?.op !== op || found.domain !== '' || !isAlone) throw other();
  if (second === undefined || more.length > 0 || !fits(second)) throw other();
  return found;
}

/** The one output of a node. @throws Unreadable if it has no name */
function outputOf({ outputs: [output = ''] }: NodeProto): string {
  if (output === '') throw other();
  return output;
}

/** Is a value known to be this number? A Constant node may come only now. */
function isNumber({ state, node: { index } }: NodeReading, name: string, number: number): boolean {
  const constant = state.constants.get(name);
  if (constant) return constant.dims.every((dim) => dim === 1) && constant.float32()[0] === number;
  const near = state.model.graph.nodes.slice(index + 1, index + 1 + NEAR);
  const node = near.find(({ outputs }) => outputs[0] === name);
  const tensor = node?.op === 'Constant' ? node.attributes.get('value')?.tensor : undefined;
  const isOne = tensor !== undefined && tensor.dtype === 'float32' && tensor.dims.every((dim) => dim === 1);
  return isOne && state.data.float32(tensor)[0] === number;
}

function other(): Unreadable {
  return new Unreadable('it is not part of a GELU');
}
