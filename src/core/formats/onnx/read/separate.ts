import { isFloat } from '../../../tensor/dtype';
import type { Reading } from '../../../checkpoint';
import type { TensorData } from '../proto/data';
import type { ModelProto } from '../proto/model';
import type { NodeProto } from '../proto/node';
import type { TensorProto } from '../proto/tensor';

/** Parameters that an exporter wrote once because they were equal, and that belong to several layers. */
export interface Separate {
  /** Identity nodes that give an initializer the name of another parameter: index by the name. */
  readonly aliases: ReadonlyMap<string, number>;
  /** By `node:input`: the name of the parameter that a node reads, where it reads another one's initializer. */
  readonly owned: ReadonlyMap<string, string>;
  /** Initializers that several modules read, and of which the file does not show whether these share them. */
  readonly unclear: ReadonlyArray<{ readonly name: string; readonly modules: readonly string[] }>;
  /** True where somebody has said which of both it is. */
  readonly isChosen: boolean;
}

type EqualWeights = Reading['equalWeights'];

/** A parameter's path, as PyTorch names it: `layer1.0.bn1.weight`. */
const PATH = /^\w+(\.\w+)+$/;
/** What the inputs of a batch norm are called. */
const NORM_ROLES: Readonly<Record<number, string>> = {
  1: 'weight',
  2: 'bias',
  3: 'running_mean',
  4: 'running_var',
};

/** One place where a node reads an initializer. */
interface Use {
  readonly key: string;
  /** The module that computes there. */
  readonly module: string;
  /** What that module would call the parameter. */
  readonly own: string;
  /** The parameter's own name, without a module. */
  readonly last: string;
}

/**
 * PyTorch's exporters write equal initializers once, which in a new network most batch norms have. The older exporter
 * keeps the names of the others, as outputs of Identity nodes; parameters that modules share have no such alias. The newer
 * one keeps no name, but says which module a node is of: there, values that any new layer has (all alike) are taken to be
 * each module's own, unless the same modules share a kernel too.
 */
export function separateParameters(model: ModelProto, data: TensorData, choice?: EqualWeights): Separate {
  const isChosen = choice !== undefined;
  if (!model.producer.startsWith('pytorch'))
    return { aliases: new Map(), owned: new Map(), unclear: [], isChosen };
  const initializers = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  const shared = [...usesOf(model.graph.nodes, initializers)].filter(([name, uses]) => isJoined(name, uses));
  const isOpen = (name: string): boolean => {
    const tensor = initializers.get(name);
    return choice !== 'separate' && tensor !== undefined && !isFilled(tensor, data);
  };
  const [open, rest] = [shared.filter(([name]) => isOpen(name)), shared.filter(([name]) => !isOpen(name))];
  const tied = new Set(
    open.flatMap(([name, uses]) => uses.map(({ module }) => pairOf(parentOf(name), module))),
  );
  const taken = new Set([...initializers.keys(), ...model.graph.nodes.flatMap(({ outputs }) => outputs)]);
  const owned = new Map<string, string>();
  for (const [name, uses] of rest) {
    const owner = parentOf(name);
    for (const { key, module, last } of uses) {
      const isTied = choice === 'shared' || (module !== owner && tied.has(pairOf(owner, module)));
      // Of a layer that modules share, mean and variance are still no γ and β.
      const own = `${isTied ? owner : module}.${last}`;
      if (own !== name && !taken.has(own)) owned.set(key, own);
    }
  }
  const unclear = open.map(([name, uses]) => ({
    name,
    modules: [...new Set(uses.map(({ module }) => module))],
  }));
  return { aliases: aliasesIn(model, initializers), owned, unclear, isChosen };
}

function aliasesIn(
  { graph }: ModelProto,
  initializers: ReadonlyMap<string, TensorProto>,
): ReadonlyMap<string, number> {
  const aliases = new Map<string, number>();
  for (const { op, domain, inputs, outputs, index } of graph.nodes) {
    const [output = ''] = outputs;
    const isAlias = op === 'Identity' && domain === '' && PATH.test(output);
    const dtype = isAlias ? initializers.get(inputs[0] ?? '')?.dtype : undefined;
    if (dtype && isFloat(dtype)) aliases.set(output, index);
  }
  return aliases;
}

/** What is taken for granted of equal parameters, in one line; undefined where the file or a person says it. */
export function equalWeightsAssumed({ owned, unclear, isChosen }: Separate): string | undefined {
  if (isChosen || (owned.size === 0 && unclear.length === 0)) return undefined;
  const [first] = unclear;
  const shared = first
    ? [
        `${unclear.length === 1 ? '' : `${unclear.length} parameters, `}${first.name} to be shared by ${first.modules.slice(0, 3).join(', ')}`,
      ]
    : [];
  const separate = owned.size > 0 ? [`${owned.size} equal parameters to be each layer's own`] : [];
  return `assumed ${[...separate, ...shared].join(', and ')}: the exporter wrote equal weights once`;
}

function usesOf(
  nodes: readonly NodeProto[],
  initializers: ReadonlyMap<string, TensorProto>,
): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  for (const { index, op, inputs, module } of nodes) {
    if (module === undefined) continue;
    inputs.forEach((name, input) => {
      const dtype = PATH.test(name) ? initializers.get(name)?.dtype : undefined;
      if (!dtype || !isFloat(dtype)) return;
      const last = (op === 'BatchNormalization' ? NORM_ROLES[input] : undefined) ?? lastOf(name);
      const use = { key: `${index}:${input}`, module, own: `${module}.${last}`, last };
      const known = uses.get(name);
      if (known) known.push(use);
      else uses.set(name, [use]);
    });
  }
  return uses;
}

/** Read as several parameters, one of which has its name. A node of another module that a rewriting made tells nothing. */
function isJoined(name: string, uses: readonly Use[]): boolean {
  return new Set(uses.map(({ own }) => own)).size > 1 && uses.some(({ module }) => module === parentOf(name));
}

/** The same number everywhere, as a new layer has it. */
function isFilled(tensor: TensorProto, data: TensorData): boolean {
  const values = data.float32(tensor);
  return values.every((value) => value === values[0]);
}

/** Where two modules part: `0.conv` and `2.conv` are of 0 and 2, as `0.bn` and `2.bn` are. */
function pairOf(a: string, b: string): string {
  const [first, second] = [a.split('.'), b.split('.')];
  while (first.length > 1 && second.length > 1 && first.at(-1) === second.at(-1)) {
    first.pop();
    second.pop();
  }
  return [first.join('.'), second.join('.')].sort().join(' ');
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
