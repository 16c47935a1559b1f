import { pythonDocstring, pythonString } from '../../../../shared/sinks/python';
import { BLOCK } from './block';

/** Parts of the beginning that not every module needs. */
export interface HeadParts {
  readonly blocks: boolean;
  /** Tensors without a layer. */
  readonly idle: boolean;
}

const WRITTEN_BY = 'Written by ACNet for VS Code.';

function loadLine(file: string): string {
  return `    model = load(${pythonDocstring(pythonString(file))})`;
}

/** True if a Python file begins as the module that is written for the weights in `file`, by this version or an earlier one. */
export function isModuleOf(beginning: string, file: string): boolean {
  // Versions until 0.1 did not write the quotes as escapes.
  const lines = [loadLine(file), `    model = load(${JSON.stringify(file)})`];
  return beginning.includes(`\n${WRITTEN_BY} `) && lines.some((line) => beginning.includes(`\n${line}\n`));
}

/** The beginning of a generated module: imports, and what it needs of helpers. */
export function head(label: string, file: string, { blocks, idle }: HeadParts): string {
  return `"""${pythonDocstring(label)}, for the weights in ${pythonDocstring(file)}.

${WRITTEN_BY} Needs PyTorch and nothing else:

${loadLine(file)}
"""

import torch
import torch.nn.functional as F
from torch import nn


def add(network, path, module):
    """Puts a module under a dotted path; what is missing on the way is made."""
    *parents, name = path.split(".")
    for parent in parents:
        if not hasattr(network, parent):
            network.add_module(parent, nn.Module())
        network = getattr(network, parent)
    network.add_module(name, module)

${idle ? KEEP : ''}${blocks ? BLOCK : ''}
`;
}

const KEEP = `
def keep(network, path, shape, dtype):
    """A place for a tensor of the file that no layer has."""
    *parents, name = path.split(".")
    for parent in parents:
        if not hasattr(network, parent):
            network.add_module(parent, nn.Module())
        network = getattr(network, parent)
    network.register_buffer(name, torch.zeros(shape, dtype=dtype))

`;

/**
 * The function that makes a network and loads the file into it.
 * @param way keys on the way to the state dict in the file; undefined for safetensors
 * @param prefix what stands before the module's own names in the file
 */
export function loaderFor(way: readonly string[] | undefined, prefix: string): string {
  const steps = (way ?? []).map((key) => `[${pythonString(key)}]`).join('');
  const read =
    way === undefined
      ? ['    from safetensors.torch import load_file', '', '    weights = load_file(path)']
      : [`    weights = torch.load(path, map_location="cpu", weights_only=True)${steps}`];
  const text = pythonString(prefix);
  const named =
    prefix === ''
      ? []
      : [
          `    weights = {key[${prefix.length}:]: value for key, value in weights.items() if key.startswith(${text})}`,
        ];
  return [
    'def load(path):',
    '    """The network with the weights of a file."""',
    ...read,
    ...named,
    '    model = Network()',
    '    model.load_state_dict(weights, strict=True)',
    '    return model.eval()',
    '',
  ].join('\n');
}

/**
 * Names for the module beside an output, the best one first: `net.acnet.pth` has `net_acnet.py`, and where that is
 * another file's `net_acnet_pth.py`.
 */
export function moduleNames(path: string, count: number): string[] {
  const file = fileName(path);
  const extension = /\.([^.]*)$/.exec(file)?.[1] ?? '';
  const stem = file.replace(/\.[^.]*$/, '').replace(/\.acnet$/, '');
  const names = [`${stem}_acnet`, `${stem}_acnet_${extension}`].map((name) => name.replace(/\W+/g, '_'));
  const more = Array.from({ length: count - names.length }, (_, i) => `${names[1]}_${i + 2}`);
  return [...names, ...more].map((name) => `${name}.py`);
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
