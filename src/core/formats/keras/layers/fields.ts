import type { Pair, Sides } from '../../../graph/padding';
import { isArray, isObject, type Json, type JsonObject } from '../../../encodings/json';

/** Settings that do not change what a layer computes at inference, or that are read elsewhere. */
const IGNORED = new Set(['name', 'trainable', 'dtype', 'batch_input_shape', 'activity_regularizer', 'seed']);
const IGNORED_ENDINGS = ['_initializer', '_regularizer', '_constraint'];

/** A setting that this product does not know: the layer is then kept as it is and never interpreted. */
export class UnknownSetting extends Error {}

/**
 * The settings of one layer. Every getter refuses what it does not understand; `finish` refuses settings
 * that nobody asked for, so that a new option of Keras is never silently dropped.
 */
export class Fields {
  private readonly asked = new Set<string>();

  constructor(private readonly config: JsonObject) {}

  get(key: string): Json | undefined {
    this.asked.add(key);
    return this.config[key];
  }

  integer(key: string, fallback?: number): number {
    const value = this.get(key) ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) throw new UnknownSetting(key);
    return value;
  }

  number(key: string, fallback?: number): number {
    const value = this.get(key) ?? fallback;
    if (typeof value !== 'number') throw new UnknownSetting(key);
    return value;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.get(key) ?? fallback;
    if (typeof value !== 'boolean') throw new UnknownSetting(key);
    return value;
  }

  /** One positive number for both axes, or one for each. */
  pair(key: string, fallback?: Pair): Pair {
    const value = this.get(key) ?? fallback;
    const [height, width] = isArray(value) ? value : [value, value];
    if (isArray(value) && value.length !== 2) throw new UnknownSetting(key);
    if (!isPositive(height) || !isPositive(width)) throw new UnknownSetting(key);
    return [height, width];
  }

  /** Whole numbers, `undefined` where there is no list. */
  integers(key: string): readonly number[] | undefined {
    const value = this.get(key) ?? undefined;
    if (value === undefined) return undefined;
    const list = isArray(value) ? value : [value];
    if (!list.every((item) => typeof item === 'number' && Number.isInteger(item)))
      throw new UnknownSetting(key);
    return list as readonly number[];
  }

  /** `same` or `valid`. */
  padding(): 'same' | 'valid' {
    const value = this.get('padding') ?? 'valid';
    if (value !== 'same' && value !== 'valid') throw new UnknownSetting('padding');
    return value;
  }

  /** Amounts on each side: one number, one per axis, or `[[top, bottom], [left, right]]`. */
  sides(key: string): Sides {
    const value = this.get(key) ?? null;
    const [vertical, horizontal] = isArray(value) && value.length === 2 ? value : [value, value];
    const [top, bottom] = sidePair(vertical, key);
    const [left, right] = sidePair(horizontal, key);
    return { top, bottom, left, right };
  }

  /** One number, or a list of numbers. */
  numbers(key: string, fallback: number): readonly number[] {
    const value = this.get(key) ?? fallback;
    const list = isArray(value) ? value : [value];
    if (list.length === 0 || !list.every((item) => typeof item === 'number')) throw new UnknownSetting(key);
    return list;
  }

  /** Refuses anything but the given values; absent counts as the first. */
  fixed(key: string, ...allowed: readonly Json[]): void {
    const value = this.get(key);
    if (value !== undefined && !allowed.includes(value)) throw new UnknownSetting(key);
  }

  /** Height and width before channels; this product's layers know no other order. */
  channelsLast(): void {
    this.fixed('data_format', 'channels_last', null);
  }

  /** Whatever else is set means nothing at inference. */
  ignoreOthers(): void {
    Object.keys(this.config).forEach((key) => this.asked.add(key));
  }

  finish(): void {
    for (const [key, value] of Object.entries(this.config)) {
      const known =
        this.asked.has(key) || IGNORED.has(key) || IGNORED_ENDINGS.some((ending) => key.endsWith(ending));
      if (!known && value !== null) throw new UnknownSetting(key);
    }
  }
}

function isPositive(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function sidePair(value: Json | undefined, key: string): readonly [number, number] {
  const [before, after] = isArray(value) ? value : [value, value];
  if (isArray(value) && value.length !== 2) throw new UnknownSetting(key);
  const fits = (side: Json | undefined): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side >= 0;
  if (!fits(before) || !fits(after)) throw new UnknownSetting(key);
  return [before, after];
}

/** The name of a data type policy: `float32`, `mixed_float16`, …; `undefined` for a custom or quantised one. */
export function policyOf(dtype: Json | undefined): string | undefined {
  if (dtype === undefined || dtype === null) return 'float32';
  if (typeof dtype === 'string') return dtype;
  if (!isObject(dtype) || !isObject(dtype.config)) return undefined;
  const plain = dtype.class_name === 'DTypePolicy' || dtype.class_name === 'Policy';
  return plain && typeof dtype.config.name === 'string' ? dtype.config.name : undefined;
}
