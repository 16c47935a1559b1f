import { CheckpointError } from '../../errors';
import { isOrderedDict, PyObject, type PyValue } from '../../encodings/pickle/values';
import { tensorsElsewhere } from './elsewhere';
import { Entries } from './entries';
import { MAX_TENSORS, walkModule, type FoundTensors } from './modules';
import { readTensor, tensorRecipe, type TorchArchive } from './tensors';
import type { TorchTensor } from './storage';

/** Under which names training scripts keep their weights, the likeliest first. */
const NAMES = [
  ...['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'params'],
  ...[
    'generator',
    'backbone',
    'module',
    'ema',
    'model_ema',
    'ema_state_dict',
    'state_dict_ema',
    'params_ema',
  ],
];
/** A training script may keep a measure or two as tensors; a network has more. */
const FEW = 2;
/** Dicts in dicts in which weights are looked for. */
const MAX_DEPTH = 3;

/** The weights of a file, and where in its value they stand. */
export interface FoundWeights extends FoundTensors {
  /** Keys on the way from the file's value to the weights; empty where they are the value itself. */
  readonly way: readonly string[];
  readonly value: PyObject | PyValue;
  /** A pickled module rather than a dict of tensors. */
  readonly isModule: boolean;
  /** Other sets of weights in the file, by name. */
  readonly others: readonly string[];
}

interface Candidate {
  readonly way: readonly string[];
  readonly value: PyValue;
  readonly tensors: number;
  readonly isModule: boolean;
}

/**
 * Finds the weights in whatever a training script saved: a bare state dict, one under a name, or a whole module.
 * @throws CheckpointError if there are none.
 */
export function findWeights(archive: TorchArchive): FoundWeights {
  const entries = new Entries(archive.path);
  const candidates = candidatesIn(archive.root, entries);
  const best = candidates.reduce<Candidate | undefined>(
    (a, b) => (a === undefined || rank(b) > rank(a) ? b : a),
    undefined,
  );
  if (!best) {
    const { summary, detail } = tensorsElsewhere(archive.root, entries);
    throw new CheckpointError(summary, { path: archive.path, ...detail });
  }
  const { value, way, isModule } = best;
  const found =
    isModule && value instanceof PyObject
      ? walkModule(value, archive, entries)
      : readDict(value, archive, entries);
  const others = candidates
    .filter((other) => other !== best && (other.isModule || other.tensors > FEW))
    .map((other) => other.way.join('.'));
  return { ...found, way, value, isModule, others };
}

/** Names count first, then the number of tensors. */
function rank({ way, tensors, isModule }: Candidate): number {
  const name = way.at(-1);
  const place = name === undefined ? -1 : NAMES.indexOf(name);
  // A module's tensors are not counted before it is walked.
  const many = isModule || tensors > FEW;
  const known = place < 0 ? 0 : NAMES.length - place;
  return (
    (many ? 1000 : 0) + (name === undefined ? 500 : known * 10) - way.length + Math.min(tensors / 1e6, 0.5)
  );
}

function candidatesIn(root: PyValue, entries: Entries): Candidate[] {
  const found: Candidate[] = [];
  const visit = (value: PyValue, way: readonly string[]): void => {
    if (entries.ofModule(value)) {
      found.push({ way, value, tensors: 0, isModule: true });
      return;
    }
    const items = entries.of(value);
    if (!items) return;
    const tensors = [...items.values()].filter((item) => tensorRecipe(item)).length;
    if (tensors > 0) found.push({ way, value, tensors, isModule: false });
    if (way.length >= MAX_DEPTH) return;
    for (const [name, item] of items) if (!/^optim|^sched/i.test(name)) visit(item, [...way, name]);
  };
  visit(root, []);
  return found;
}

function readDict(value: PyValue, archive: TorchArchive, entries: Entries): FoundTensors {
  const tensors = new Map<string, TorchTensor>();
  const unread: string[] = [];
  for (const [name, item] of entries.of(value) ?? []) {
    const tensor = readTensor(name, item, archive);
    if (tensor) tensors.set(name, tensor);
    else if (item instanceof PyObject && !isOrderedDict(item)) unread.push(name);
    if (tensors.size > MAX_TENSORS) {
      throw new CheckpointError('there are too many tensors in this file', {
        path: archive.path,
        expected: `at most ${MAX_TENSORS}`,
      });
    }
  }
  return { tensors, modules: new Map(), unread };
}
