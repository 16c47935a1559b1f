"""Saves networks to convert, each as .keras and .h5: make_networks.py FOLDER"""

import os
import sys

import keras
import numpy as np
from keras import layers as L

folder = sys.argv[1]
random = np.random.default_rng(11)


def randomise(model):
    """As after training: var in [0.1, 10], |mean| <= 3, gamma of both signs with |gamma| in [0.1, 2]."""
    for v in model.variables:
        shape = tuple(v.shape)
        if "variance" in v.path:
            v.assign(random.uniform(0.1, 10, shape))
        elif "mean" in v.path:
            v.assign(random.uniform(-3, 3, shape))
        elif "gamma" in v.path:
            v.assign(random.uniform(0.1, 2, shape) * random.choice([-1, 1], shape))
        else:
            fan = max(int(np.prod(shape[:-1])), 1)
            v.assign(random.normal(0, 1, shape) / np.sqrt(fan))


def residual():
    inputs = keras.Input((16, 15, 3))
    x = inputs
    for i, stride in enumerate((1, 2)):
        y = L.Conv2D(4, 3, strides=stride, padding="same", use_bias=False, name=f"conv{i}a")(x)
        y = L.ReLU()(L.BatchNormalization(name=f"bn{i}a")(y))
        y = L.Conv2D(4, 3, padding="same", name=f"conv{i}b")(y)
        y = L.BatchNormalization(scale=i == 0, center=i == 0, epsilon=1e-5, name=f"bn{i}b")(y)
        x = L.ReLU()(L.Add()([L.Conv2D(4, 1, strides=stride)(x), y]))
    return keras.Model(inputs, L.Dense(3, activation="softmax")(L.GlobalAveragePooling2D()(x)))


def activations():
    return keras.Sequential(
        [
            keras.Input((14, 14, 2)),
            L.Conv2D(4, 3, activation="relu", name="inside"),
            L.Conv2D(4, 5, strides=2, padding="same", activation="swish", name="unknown"),
            L.Conv2D(4, 3, padding="same", name="before_relu"),
            L.ReLU(),
            L.BatchNormalization(),
            L.Flatten(),
            L.Dense(3),
        ]
    )


def preactivation():
    inputs = keras.Input((9, 9, 3))
    x = L.Conv2D(4, 3, padding="same", use_bias=False)(inputs)
    for _ in range(2):
        y = L.ReLU()(L.BatchNormalization()(x))
        x = L.Add()([x, L.Conv2D(4, 3, padding="same", use_bias=False)(y)])
    return keras.Model(inputs, x)


def windows():
    """Every kind of window: even, oblong, strided, dilated, grouped, behind padding, "valid"."""
    inputs = keras.Input((32, 31, 4))
    x = inputs
    for settings in (
        {"kernel_size": (4, 3), "padding": "same"},
        {"kernel_size": (2, 7), "padding": "same", "strides": (2, 1)},
        {"kernel_size": 3, "padding": "same", "dilation_rate": (2, 3)},
        {"kernel_size": (5, 2), "padding": "valid", "groups": 2},
    ):
        x = L.BatchNormalization()(L.Conv2D(4, **settings)(x))
    x = L.ZeroPadding2D(1)(x)
    x = L.BatchNormalization()(L.Conv2D(4, 3, strides=2, padding="valid")(x))
    return keras.Model(inputs, x)


def open_size():
    """Strided "same" convolutions on images of any size."""
    inputs = keras.Input((None, None, 3))
    x = L.ReLU()(L.BatchNormalization()(L.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(inputs)))
    x = L.BatchNormalization()(L.Conv2D(6, (4, 5), strides=(2, 1), padding="same", groups=2)(x))
    x = L.Conv2D(4, 3, strides=(1, 2), padding="same")(x)
    return keras.Model(inputs, x)


def shared():
    """Layers called twice: with one batch norm behind each call, with one behind the first, with none."""
    inputs = keras.Input((15, 12, 4))
    x = inputs
    for norms in (2, 1, 0):
        conv = L.Conv2D(4, 3, strides=2 if norms == 1 else 1, padding="same", use_bias=norms == 0)
        norm = L.BatchNormalization() if norms else None
        for call in range(2):
            x = conv(x)
            x = L.ReLU()(norm(x) if call < norms else x)
    return keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(x)))


for build in (residual, activations, preactivation, windows, open_size, shared):
    model = build()
    randomise(model)
    model.save(os.path.join(folder, f"{build.__name__}.keras"))
    model.save(os.path.join(folder, f"{build.__name__}.h5"))
