import { join, type StateDict } from './units';

/** How PyTorch keeps a kernel that it computes from others, under what keys, and what puts it back as one. */
const KINDS = [
  ['weight_v', 'weight_g', 'weight norm', 'torch.nn.utils.remove_weight_norm'],
  ['weight_orig', 'weight_u', 'spectral norm', 'torch.nn.utils.remove_spectral_norm'],
  ['weight_orig', 'weight_mask', 'pruning', 'torch.nn.utils.prune.remove'],
  ...(
    [
      ['original1', 'original0', 'weight norm'],
      ['original', '0._u', 'spectral norm'],
    ] as const
  ).map(
    ([kernel, other, kind]) =>
      [
        `parametrizations.weight.${kernel}`,
        `parametrizations.weight.${other}`,
        kind,
        'torch.nn.utils.parametrize.remove_parametrizations',
      ] as const,
  ),
] as const;
/** Names in a sentence. */
const SHOWN = 3;

/** Says which convolutions are not listed since their kernels are stored in parts, a line for each kind. */
export function kernelsInParts({ tensors }: Pick<StateDict, 'tensors'>): string[] {
  return KINDS.flatMap(([kernel, other, kind, undo]) => {
    const layers = [...tensors.values()].flatMap(({ name, shape }) => {
      if (shape.length !== 4 || !(name === kernel || name.endsWith(`.${kernel}`))) return [];
      const layer = name.slice(0, Math.max(0, name.length - kernel.length - 1));
      return tensors.has(join(layer, other)) ? [layer] : [];
    });
    if (layers.length === 0) return [];
    const names = layers.slice(0, SHOWN).join(', ') + (layers.length > SHOWN ? ', …' : '');
    const counted = layers.length === 1 ? 'one convolution is' : `${layers.length} convolutions are`;
    return [
      `${counted} not listed, since the kernel is stored in parts (${kind}): ${names}; apply ${undo} in PyTorch and save the weights again`,
    ];
  });
}
