"""ACNet ResNet-20 in Keras: one round of training steps for each line on standard input.

Arguments: branches (acnet | plain), batch size, steps per round. Prints one JSON line when ready and one per round.
"""
import json
import resource
import sys
import time

import keras
import numpy as np
from keras import layers

KIND, BATCH, STEPS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def conv_bn(x, filters, kernel, stride):
    conv = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)
    return layers.BatchNormalization()(conv(x))


def block(x, filters, stride):
    square = conv_bn(x, filters, (3, 3), stride)
    if KIND == "plain":
        return square
    return layers.Add()([square, conv_bn(x, filters, (1, 3), stride), conv_bn(x, filters, (3, 1), stride)])


def resnet20():
    inputs = keras.Input((32, 32, 3))
    x = layers.ReLU()(block(inputs, 16, 1))
    for stage, filters in enumerate([16, 32, 64]):
        for index in range(3):
            stride = 2 if stage > 0 and index == 0 else 1
            inner = block(layers.ReLU()(block(x, filters, stride)), filters, 1)
            shortcut = x if stride == 1 else conv_bn(x, filters, (1, 1), stride)
            x = layers.ReLU()(layers.Add()([inner, shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def main():
    model = resnet20()
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "categorical_crossentropy")
    random = np.random.default_rng(1)
    images = [random.standard_normal((BATCH, 32, 32, 3), dtype=np.float32) for _ in range(8)]
    labels = [np.eye(10, dtype=np.float32)[random.integers(0, 10, BATCH)] for _ in range(8)]
    for i in range(3):
        model.train_on_batch(images[i], labels[i])
    print(json.dumps({"name": f"Keras {keras.__version__}"}), flush=True)
    for _ in sys.stdin:
        seconds = []
        for i in range(STEPS):
            start = time.perf_counter()
            loss = float(model.train_on_batch(images[i % 8], labels[i % 8]))
            seconds.append(time.perf_counter() - start)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "loss": loss, "memory": memory}), flush=True)


main()
