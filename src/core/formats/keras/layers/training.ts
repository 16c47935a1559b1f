import { isObject, type Json, type JsonObject } from '../../../encodings/json';
import type { HowTrained, Penalty } from '../../../graph/graph';
import type { LayerConfig } from '../read/model-config';
import type { LayerBody } from './kind';
import { isAugmentation } from './plain';

/** What a layer's settings ask for in training beside its operator: regularisers, and what is not done here. */
type Asked = Pick<HowTrained, 'penalties' | 'leftOut'>;

/**
 * Regularisers of the parameters of a node that was read from a layer, and what training here leaves out of it.
 * @param part which half of a separable convolution
 */
export function askedInTraining(
  { className, config }: LayerConfig,
  main: LayerBody,
  part: 'main' | 'depthwise' = 'main',
): Asked {
  const penalties: Record<string, Penalty> = {};
  const leftOut = main.op === 'identity' && isOnlyTraining(className) ? [className] : [];
  for (const role of main.roles) {
    const key = settingOf(className, role, part);
    const setting = config[`${key}_regularizer`] ?? null;
    const penalty = penaltyOf(setting);
    if (penalty) penalties[role] = penalty;
    else if (setting !== null) leftOut.push(`${key}_regularizer`);
    if (isSet(config[`${key}_constraint`])) leftOut.push(`${key}_constraint`);
  }
  if (part === 'main' && isSet(config.activity_regularizer)) leftOut.push('activity_regularizer');
  return {
    ...(Object.keys(penalties).length > 0 && { penalties }),
    ...(leftOut.length > 0 && { leftOut }),
  };
}

function isOnlyTraining(className: string): boolean {
  return isAugmentation(className) || className === 'ActivityRegularization';
}

function isSet(setting: Json | undefined): boolean {
  return (setting ?? null) !== null;
}

/** The settings that say the regularisers of a node, for a new layer. @param module as Keras 3's files name it */
export function regularisersOf(
  { penalties = {} }: Pick<HowTrained, 'penalties'>,
  className: string,
  module: boolean,
): JsonObject {
  const settings = Object.entries(penalties).map(([role, { l1, l2 }]) => {
    const regulariser = { class_name: 'L1L2', config: { l1, l2 } };
    const value = module
      ? { module: 'keras.regularizers', ...regulariser, registered_name: null }
      : regulariser;
    return [`${settingOf(className, role, 'main')}_regularizer`, value] as const;
  });
  return Object.fromEntries(settings);
}

/** What Keras calls the weight of a role in the names of settings. */
function settingOf(className: string, role: string, part: 'main' | 'depthwise'): string {
  if (role !== 'kernel') return role;
  if (part === 'depthwise' || className === 'DepthwiseConv2D') return 'depthwise';
  return className === 'SeparableConv2D' ? 'pointwise' : role;
}

/** Keras's L1, L2 and L1L2, of any version; undefined for another regulariser. */
function penaltyOf(setting: Json): Penalty | undefined {
  if (!isObject(setting) || !isObject(setting.config)) return undefined;
  if (typeof setting.class_name !== 'string' || !/^(L1|L2|L1L2)$/i.test(setting.class_name)) return undefined;
  const { l1 = 0, l2 = 0 } = setting.config;
  const isShare = (value: Json): value is number => typeof value === 'number' && value >= 0;
  return isShare(l1) && isShare(l2) ? { l1, l2 } : undefined;
}
