import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

/** Loads a model from disk as TensorFlow.js does from the web: every weight must be there, and no other. */
export async function loadModel(file: string): Promise<layers.LayersModel> {
  const document = JSON.parse(readFileSync(file, 'utf8')) as tf.io.ModelJSON;
  const groups = document.weightsManifest;
  const parts = groups.flatMap(({ paths }) =>
    paths.map((name) => readFileSync(path.join(path.dirname(file), name))),
  );
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  const weightSpecs = groups.flatMap(({ weights }) => weights);
  const load = (): Promise<tf.io.ModelArtifacts> =>
    tf.io.getModelArtifactsForJSON(document, () => Promise.resolve([weightSpecs, weightData]));
  return layers.loadLayersModel({ load });
}

/** Saves a model as `model.json` with weights in files of at most `shardBytes`. */
export async function saveModel(
  model: layers.LayersModel,
  file: string,
  shardBytes = 1 << 22,
  includeOptimizer = false,
): Promise<void> {
  const save = (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
    const { weightData, weightSpecs = [], ...rest } = artifacts;
    const data = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
    const count = Math.max(1, Math.ceil(data.length / shardBytes));
    const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
    paths.forEach((name, i) =>
      writeFileSync(path.join(path.dirname(file), name), data.subarray(i * shardBytes, (i + 1) * shardBytes)),
    );
    // As its own file handlers do: all but the data goes into the document.
    writeFileSync(file, JSON.stringify({ ...rest, weightsManifest: [{ paths, weights: weightSpecs }] }));
    return Promise.resolve({ modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) });
  };
  await model.save({ save }, { includeOptimizer });
}

/** Random weights for a new model: statistics that are nobody's default, and negative scales. */
export function randomise(model: layers.LayersModel): void {
  tf.tidy(() => {
    for (const weight of model.weights) {
      const { shape, name } = weight;
      const seed = name.length * 31 + shape.length;
      const positive = name.includes('variance');
      const values = positive
        ? tf.randomUniform(shape as number[], 0.5, 2, 'float32', seed)
        : tf.randomNormal(shape as number[], 0, 0.3, 'float32', seed);
      weight.write(values);
    }
  });
}

/** Largest difference of two models' outputs on the same random input, relative to the largest output. */
export function difference(a: layers.LayersModel, b: layers.LayersModel, size: readonly number[]): number {
  return tf.tidy(() => {
    const inputs = a.inputs.map((_, i) => tf.randomNormal([2, ...size], 0, 1, 'float32', 7 + i));
    const [first, second] = [a, b].map((model) => [model.predict(inputs)].flat());
    const differences = first.map((x, i) => {
      const [most] = tf.max(tf.abs(x)).dataSync();
      const [apart] = tf.max(tf.abs(tf.sub(x, second[i]))).dataSync();
      if (!(most > 0)) throw new Error('the output is nothing');
      return apart / most;
    });
    return Math.max(...differences);
  });
}
