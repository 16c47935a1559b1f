import type { ByteSource } from '../../bytes';
import type { JsonObject } from '../../encodings/json';
import type { Attributes } from '../../encodings/hdf5/attributes';
import type { ZipEntry } from '../../encodings/zip/directory';
import type { ReadLayer } from './layers';
import type { ModelConfig } from './read/model-config';
import type { WeightSource } from './read/weights';

/** What a `.keras` archive holds beside the model. */
export interface Archive {
  readonly kind: 'keras';
  readonly source: ByteSource;
  readonly metadata: JsonObject;
  /** Entries that are copied as they are: assets. */
  readonly others: readonly ZipEntry[];
}

/** What a legacy HDF5 file holds beside the model. */
export interface LegacyFile {
  readonly kind: 'keras-h5';
  /** Attributes of the file, and of its weights. */
  readonly root: Attributes;
  readonly weights: Attributes;
}

/** What a TensorFlow.js `model.json` holds beside the model. */
export interface LayersDocument {
  readonly kind: 'tfjs-layers';
  /** The whole document. */
  readonly document: JsonObject;
}

/** The file around a Keras model; `kind` is the format's id. */
export type Container = Archive | LegacyFile | LayersDocument;

/** What one model was read from: the file's, or one that is a layer of another. Layers go by their names in it. */
export interface ReadScope {
  readonly model: ModelConfig;
  readonly weights: WeightSource;
  /** What each layer was read as; inputs are not among them. */
  readonly read: ReadonlyMap<string, ReadLayer>;
  /** Models that are layers of this one and were read with it, node by node. */
  readonly inside: ReadonlyMap<string, ReadScope>;
  /**
   * The model's own entry when it was sequential, without its layers: kept in the file of a rewriting
   * that had to become functional, so that a later one that is a chain again can be sequential again.
   */
  readonly sequential?: JsonObject;
}

/** What a model is written from: the file that it was read from, or the name of a new one. */
export type Origin<C extends Container = Container> =
  | { readonly scope: ReadScope; readonly container: C }
  | { readonly scope?: undefined; readonly container?: undefined; readonly name: string };

/** Key of the entry that remembers a sequential model; Keras ignores it. */
export const SEQUENTIAL_MARK = 'acnet_sequential';
