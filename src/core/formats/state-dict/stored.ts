import type { DType } from '../../tensor/dtype';
import type { Shape } from '../../tensor/tensor';

/** A tensor of a state dict as it lies in the file. Kernels are [out, in / groups, h, w] unless said otherwise. */
export interface StoredTensor {
  /** Its key. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements as they are, little-endian, row-major. Reads the file each time. */
  readBytes(): Uint8Array;
  /** What it was read as, where it has another name now: a writer may copy it as it is. */
  readonly origin?: StoredTensor;
}

/** A plain attribute of a module; `undefined` stands for one that is there and is nothing of these. */
export type ModuleValue = number | boolean | string | null | readonly number[] | undefined;

/** What a file says of a module beside its weights, by the module's path: a pickled module, or the notes of a conversion. */
export interface ModuleSettings {
  /** Dotted name of its class, `torch.nn.modules.conv.Conv2d`; empty where that is not known. */
  readonly type: string;
  /** Those of its attributes that `MODULE_VALUES` lists, as they are. */
  readonly values: ReadonlyMap<string, ModuleValue>;
  /** What makes it compute otherwise than its class: hooks, or a `forward` of its own; a few words for people. */
  readonly altered?: string;
  /** Functions that it keeps under its attributes, by their dotted names. */
  readonly functions?: readonly string[];
  readonly stride?: readonly number[];
  readonly padding?: readonly number[];
  readonly dilation?: readonly number[];
  readonly groups?: number;
  readonly transposed?: boolean;
  readonly epsilon?: number;
  /** The share of the new statistic, as PyTorch has it. */
  readonly momentum?: number;
}

/** Longest text of an attribute that is looked at. */
export const MAX_MODULE_TEXT = 40;

/** Attributes of PyTorch's layers that decide what these compute, or whether a block adds its input. */
export const MODULE_VALUES: ReadonlySet<string> = new Set([
  ...['stride', 'padding', 'dilation', 'groups', 'transposed', 'padding_mode', 'kernel_size'],
  ...['eps', 'momentum', 'ceil_mode', 'return_indices', 'output_size'],
  ...['negative_slope', 'alpha', 'approximate', 'p', 'use_res_connect', 'identity'],
]);

/** The settings of a module with these attributes. */
export function moduleSettings(
  type: string,
  values: ReadonlyMap<string, ModuleValue>,
  more: Pick<ModuleSettings, 'altered' | 'functions'> = {},
): ModuleSettings {
  const list = (name: string): readonly number[] | undefined => {
    const value = values.get(name);
    return Array.isArray(value) ? (value as readonly number[]) : undefined;
  };
  const number = (name: string): number | undefined => {
    const value = values.get(name);
    return typeof value === 'number' ? value : undefined;
  };
  const transposed = values.get('transposed');
  return {
    type,
    values,
    ...more,
    stride: list('stride'),
    padding: list('padding'),
    dilation: list('dilation'),
    groups: number('groups'),
    transposed: typeof transposed === 'boolean' ? transposed : undefined,
    epsilon: number('eps'),
    momentum: number('momentum'),
  };
}
