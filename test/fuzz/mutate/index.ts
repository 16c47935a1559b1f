import { createRandom, type Random } from '../../../src/core/random';
import type { Seed, Structure } from '../case';
import { mutateBytes } from './bytes';
import { mutateHdf5 } from './hdf5';
import { mutateJson } from './json';
import { pick, type Mutation } from './mutation';
import { mutatePickle } from './pickle';
import { mutatePng } from './png';
import { mutateProtobuf } from './protobuf';
import { mutateSafetensors } from './safetensors';
import { mutateText } from './text';
import { mutateZip } from './zip';

const MUTATIONS: Readonly<Record<Structure, Mutation>> = {
  zip: mutateZip,
  hdf5: mutateHdf5,
  json: mutateJson,
  protobuf: mutateProtobuf,
  pickle: mutatePickle,
  safetensors: mutateSafetensors,
  text: mutateText,
  png: mutatePng,
  bytes: mutateBytes,
};

/** One mutation of a checkpoint or of data; the same number gives the same. */
export function mutated(seed: Seed, number: number): Seed {
  const random = createRandom(number);
  const files = new Map(seed.files);
  const others = [...files.keys()].filter((name) => name !== seed.main);
  if (others.length > 0 && random.below(5) === 0) mutateOther(files, pick(others, random), random);
  else mutateMain(files, seed, random);
  return { ...seed, files };
}

function mutateMain(files: Map<string, Uint8Array>, { main, structure }: Seed, random: Random): void {
  const bytes = files.get(main);
  if (bytes) files.set(main, MUTATIONS[structure](bytes, random));
}

function mutateOther(files: Map<string, Uint8Array>, name: string, random: Random): void {
  const bytes = files.get(name);
  if (!bytes || random.below(8) === 0) files.delete(name);
  else files.set(name, mutateBytes(bytes, random));
}
