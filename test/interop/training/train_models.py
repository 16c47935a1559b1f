"""Builds networks with frozen layers and regularisers, trains each for some steps in Keras, and writes it before and after.

Usage: python train_models.py FOLDER. Prints a JSON object: of each network what Keras counts, and the losses of its steps.
"""

import json
import os
import sys

import keras
import numpy as np
from keras import layers as L

SIDE, CLASSES, BATCH, STEPS, RATE, MOMENTUM = 10, 3, 6, 3, 0.2, 0.9


def image():
    return keras.Input((SIDE, SIDE, 2))


def body(x, *names, **settings):
    for name in names:
        x = L.Conv2D(4, 3, padding="same", use_bias=False, name=name, **settings)(x)
        x = L.ReLU()(L.BatchNormalization(momentum=0.8, name=f"{name}_bn")(x))
    return x


def head(x, **settings):
    return L.Dense(CLASSES, activation="softmax", name="head", **settings)(L.GlobalAveragePooling2D()(x))


def based(trainable, **call):
    """keras.io's transfer learning: a model inside the model."""
    i = image()
    base = keras.Model(i, body(i, "a", "b"), name="base")
    base.trainable = trainable
    j = image()
    return keras.Model(j, head(base(j, **call)))


def partly():
    """keras.io's fine-tuning: the first layers of the base stay frozen."""
    model = based(True)
    for layer in model.get_layer("base").layers[:4]:
        layer.trainable = False
    return model


def frozen_layers():
    i = image()
    model = keras.Model(i, head(body(i, "a", "b")))
    for name in ("a", "a_bn"):
        model.get_layer(name).trainable = False
    return model


def frozen_norms():
    """Batch norms are frozen, convolutions are not."""
    i = image()
    model = keras.Model(i, head(body(i, "a", "b")))
    for name in ("a_bn", "b_bn"):
        model.get_layer(name).trainable = False
    return model


def regularised():
    """Every weight that has one of Keras's plain regularisers, a shared convolution, and a frozen one, which adds nothing."""
    i = image()
    x = L.SeparableConv2D(4, 3, depthwise_regularizer="l2", pointwise_regularizer=keras.regularizers.L1(0.02), name="s")(i)
    x = L.DepthwiseConv2D(3, depthwise_regularizer=keras.regularizers.L1L2(0.01, 0.03), bias_regularizer="l2", name="d")(x)
    x = L.BatchNormalization(momentum=0.8, gamma_regularizer="l2", beta_regularizer="l1", name="n")(x)
    shared = L.Conv2D(4, 3, padding="same", kernel_regularizer="l2", name="c")
    x = shared(L.ReLU()(shared(x)))
    x = L.Conv2D(4, 1, kernel_regularizer=keras.regularizers.L2(0.5), trainable=False, name="f")(x)
    return keras.Model(i, head(x, kernel_regularizer="l1l2"))


NETWORKS = {
    "regularised": regularised,
    "frozen_base": lambda: based(False, training=False),
    "partly": partly,
    "frozen_layers": frozen_layers,
    "frozen_norms": frozen_norms,
    "unfrozen": lambda: based(True),
    "inference_call": lambda: based(True, training=False),
}


def settle(model, rng):
    """Statistics, γ and β that are not those of a new network, so that a mistake with them shows."""
    for weight in model.weights:
        if any(part in weight.path for part in ("gamma", "variance")):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif any(part in weight.path for part in ("beta", "moving_mean", "bias")):
            weight.assign(rng.normal(0, 0.3, weight.shape))


def main(folder):
    report = {}
    for seed, (name, build) in enumerate(NETWORKS.items()):
        keras.utils.set_random_seed(seed)
        rng = np.random.default_rng(seed)
        model = build()
        settle(model, rng)
        model.save(os.path.join(folder, f"{name}.keras"))
        model.save(os.path.join(folder, f"{name}.h5"))
        model = keras.models.load_model(os.path.join(folder, f"{name}.keras"), compile=False)
        x = rng.normal(0, 1, (BATCH, SIDE, SIDE, 2)).astype("float32")
        y = np.eye(CLASSES, dtype="float32")[np.arange(BATCH) % CLASSES]
        x.tofile(os.path.join(folder, f"{name}.x"))
        y.tofile(os.path.join(folder, f"{name}.y"))
        model.compile(keras.optimizers.SGD(RATE, MOMENTUM), "categorical_crossentropy")
        losses = [float(model.train_on_batch(x, y)) for _ in range(STEPS)]
        model.save(os.path.join(folder, f"{name}.after.keras"))
        count = lambda weights: sum(int(np.prod(w.shape)) for w in weights)
        report[name] = {"trainable": count(model.trainable_weights), "all": model.count_params(), "losses": losses}
    print(json.dumps(report))


main(sys.argv[1])
