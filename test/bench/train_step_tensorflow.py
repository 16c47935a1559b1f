"""ResNet-20's training step as a TensorFlow function with fused batch norms: one round for each line on standard input.

Arguments: branches (acnet | plain | collapsed: one convolution with the three kernels and fixed statistics folded in),
batch size, steps per round. Prints one JSON line when ready and one per round.
"""
import json
import resource
import sys
import time

import numpy as np
import tensorflow as tf

KIND, BATCH, STEPS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tf.random.set_seed(1)
LEARNT = []
STATISTICS = []


def learnt(value):
    LEARNT.append(tf.Variable(value))
    return LEARNT[-1]


class ConvBn:
    def __init__(self, inputs, filters, kernel, stride):
        fan_in = kernel[0] * kernel[1] * inputs
        self.kernel = learnt(tf.random.normal((*kernel, inputs, filters), stddev=(2 / fan_in) ** 0.5))
        self.gamma, self.beta = learnt(tf.ones(filters)), learnt(tf.zeros(filters))
        self.mean, self.variance = tf.Variable(tf.zeros(filters)), tf.Variable(tf.ones(filters))
        self.stride = stride

    def __call__(self, x):
        if KIND == "collapsed":
            return tf.nn.bias_add(tf.nn.conv2d(x, self.folded(), self.stride, "SAME"), self.bias())
        y = tf.nn.conv2d(x, self.kernel, self.stride, "SAME")
        y, mean, variance = tf.compat.v1.nn.fused_batch_norm(y, self.gamma, self.beta, epsilon=1e-3)
        STATISTICS.append((self.mean, mean, self.variance, variance))
        return y

    def scale(self):
        return self.gamma * tf.math.rsqrt(self.variance + 1e-3)

    def folded(self):
        return self.kernel * self.scale()

    def bias(self):
        return self.beta - self.mean * self.scale()


class Block:
    def __init__(self, inputs, filters, stride):
        kernels = [(3, 3)] if KIND == "plain" else [(3, 3), (1, 3), (3, 1)]
        self.branches = [ConvBn(inputs, filters, kernel, stride) for kernel in kernels]
        self.stride = stride

    def __call__(self, x):
        if KIND != "collapsed":
            return tf.add_n([branch(x) for branch in self.branches])
        square, row, column = [branch.folded() for branch in self.branches]
        kernel = square + tf.pad(row, [[1, 1], [0, 0], [0, 0], [0, 0]])
        kernel += tf.pad(column, [[0, 0], [1, 1], [0, 0], [0, 0]])
        bias = tf.add_n([branch.bias() for branch in self.branches])
        return tf.nn.bias_add(tf.nn.conv2d(x, kernel, self.stride, "SAME"), bias)


def resnet20():
    stem, stages, inputs = Block(3, 16, 1), [], 16
    for stage, filters in enumerate([16, 32, 64]):
        for index in range(3):
            stride = 2 if stage > 0 and index == 0 else 1
            shortcut = None if stride == 1 else ConvBn(inputs, filters, (1, 1), stride)
            stages.append((Block(inputs, filters, stride), Block(filters, filters, 1), shortcut))
            inputs = filters
    weights, biases = learnt(tf.random.normal((64, 10), stddev=0.1)), learnt(tf.zeros(10))

    def forward(x):
        x = tf.nn.relu(stem(x))
        for first, second, shortcut in stages:
            inner = second(tf.nn.relu(first(x)))
            x = tf.nn.relu(inner + (shortcut(x) if shortcut else x))
        return tf.reduce_mean(x, [1, 2]) @ weights + biases

    return forward


def main():
    forward = resnet20()
    velocities = [tf.Variable(tf.zeros_like(variable)) for variable in LEARNT]

    @tf.function
    def step(x, y):
        STATISTICS.clear()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, forward(x)))
        for variable, velocity, gradient in zip(LEARNT, velocities, tape.gradient(loss, LEARNT)):
            tf.raw_ops.ResourceApplyMomentum(
                var=variable.handle, accum=velocity.handle, lr=0.01, grad=gradient, momentum=0.9
            )
        for mean, new_mean, variance, new_variance in STATISTICS:
            mean.assign(0.99 * mean + 0.01 * new_mean)
            variance.assign(0.99 * variance + 0.01 * new_variance)
        return loss

    random = np.random.default_rng(1)
    images = [random.standard_normal((BATCH, 32, 32, 3), dtype=np.float32) for _ in range(8)]
    labels = [np.eye(10, dtype=np.float32)[random.integers(0, 10, BATCH)] for _ in range(8)]

    def run(i):
        return float(step(tf.constant(images[i % 8]), tf.constant(labels[i % 8])))

    for i in range(3):
        run(i)
    print(json.dumps({"name": f"tf.function {tf.__version__}"}), flush=True)
    for _ in sys.stdin:
        seconds = []
        for i in range(STEPS):
            start = time.perf_counter()
            run(i)
            seconds.append(time.perf_counter() - start)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "memory": memory}), flush=True)


main()
