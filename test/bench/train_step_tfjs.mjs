// ResNet-20 as a LayersModel of tfjs-node, trained as its users do: one round of trainOnBatch for each line on
// standard input. Arguments: the addon, branches (acnet | plain), batch size, steps per round. Prints one JSON line
// when ready and one per round.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import util from 'node:util';

const [addon, kind, ...sizes] = process.argv.slice(2);
const [batch, steps] = sizes.map(Number);

// tfjs-node asks this package where its addon lies, and calls functions of `util` that Node 23 removed.
const load = Module._load;
Module._load = (request, ...rest) =>
  request === '@mapbox/node-pre-gyp' ? { find: () => addon } : load(request, ...rest);
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');

function convBn(x, filters, kernelSize, strides) {
  const conv = tf.layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false });
  return tf.layers.batchNormalization().apply(conv.apply(x));
}

function block(x, filters, strides) {
  const square = convBn(x, filters, [3, 3], strides);
  if (kind === 'plain') return square;
  const arms = [convBn(x, filters, [1, 3], strides), convBn(x, filters, [3, 1], strides)];
  return tf.layers.add().apply([square, ...arms]);
}

const relu = (x) => tf.layers.reLU().apply(x);

function resnet20() {
  const inputs = tf.input({ shape: [32, 32, 3] });
  let x = relu(block(inputs, 16, 1));
  for (const [stage, filters] of [16, 32, 64].entries()) {
    for (let index = 0; index < 3; index++) {
      const strides = stage > 0 && index === 0 ? 2 : 1;
      const inner = block(relu(block(x, filters, strides)), filters, 1);
      const shortcut = strides === 1 ? x : convBn(x, filters, [1, 1], strides);
      x = relu(tf.layers.add().apply([inner, shortcut]));
    }
  }
  const pooled = tf.layers.globalAveragePooling2d({}).apply(x);
  return tf.model({ inputs, outputs: tf.layers.dense({ units: 10, activation: 'softmax' }).apply(pooled) });
}

const model = resnet20();
model.compile({ optimizer: tf.train.momentum(0.01, 0.9), loss: 'categoricalCrossentropy' });
const images = Array.from({ length: 4 }, () =>
  Float32Array.from({ length: batch * 32 * 32 * 3 }, () => 4 * (Math.random() - 0.5)),
);
const labels = Float32Array.from({ length: batch * 10 }, (_, i) =>
  Number((Math.floor(i / 10) * 7) % 10 === i % 10),
);

async function step(i) {
  const x = tf.tensor4d(images[i % images.length], [batch, 32, 32, 3]);
  const y = tf.tensor2d(labels, [batch, 10]);
  const loss = await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return loss;
}

/** As src/files/process-memory has it, which this script cannot import. */
function peakBytes() {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

await step(0);
console.log(JSON.stringify({ name: `tfjs-node ${tf.version['tfjs-node'] ?? tf.version.tfjs}, LayersModel` }));
for await (const _ of createInterface(process.stdin)) {
  const seconds = [];
  let loss = NaN;
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    loss = await step(i);
    seconds.push((performance.now() - start) / 1000);
  }
  console.log(JSON.stringify({ seconds, loss, memory: peakBytes() }));
}
