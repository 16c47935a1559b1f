"""Saves models of many kinds, each as .keras and .h5 where Keras can: make_models.py FOLDER"""

import os
import sys

import keras
import numpy as np
from keras import layers as L

folder = sys.argv[1]
random = np.random.default_rng(7)


def randomise(model):
    """Fresh statistics hide mistakes."""
    for v in model.variables:
        if v.dtype not in ("float32", "float16", "bfloat16"):
            continue
        shape = tuple(v.shape)
        positive = "variance" in v.path
        v.assign(random.uniform(0.5, 2, shape) if positive else random.normal(0, 0.4, shape))


def save(name, model, legacy=True):
    randomise(model)
    model.save(os.path.join(folder, f"{name}.keras"))
    if legacy:
        model.save(os.path.join(folder, f"{name}.h5"))


def block(x, filters, **settings):
    x = L.Conv2D(filters, 3, padding="same", use_bias=False, **settings)(x)
    return L.BatchNormalization()(x)


def sequential():
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            L.Rescaling(1 / 127.5, offset=-1.0),
            L.ZeroPadding2D(((0, 1), (2, 1))),
            L.Conv2D(6, (5, 3), strides=2, activation="relu", kernel_regularizer="l2"),
            L.BatchNormalization(epsilon=1e-5, scale=False),
            L.ReLU(),
            L.Conv2D(6, 3, groups=2, padding="same", name="grouped"),
            L.BatchNormalization(center=False),
            L.Activation("sigmoid"),
            L.Cropping2D(((1, 0), (0, 0))),
            L.AveragePooling2D(2, strides=1, padding="same"),
            L.MaxPooling2D(2),
            L.Dropout(0.3),
            L.Flatten(),
            L.Dense(9, activation="relu"),
            L.Dense(5),
            L.Softmax(),
        ],
        name="chain",
    )


def trained():
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), L.Conv2D(4, 3), L.BatchNormalization(), L.Flatten(), L.Dense(3, activation="softmax")]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    model.fit(random.normal(size=(8, 8, 8, 3)), np.eye(3)[random.integers(0, 3, 8)], verbose=0)
    return model


def residual():
    inputs = keras.Input((16, 16, 3), name="image")
    x = L.ReLU()(block(inputs, 4))
    for stride in (1, 2, 1):
        y = L.ReLU()(block(x, 4, strides=stride))
        y = block(y, 4, dilation_rate=2)
        short = x if stride == 1 else L.Conv2D(4, 1, strides=stride)(x)
        x = L.ReLU()(L.Add()([short, y]))
    return keras.Model(inputs, L.Dense(3, activation="softmax")(L.GlobalAveragePooling2D()(x)), name="residual")


def shared():
    a, b = keras.Input((8, 8, 3), name="a"), keras.Input((8, 8, 3), name="b")
    conv = L.Conv2D(4, 3, padding="same", activation="relu", name="twice")
    norm = L.BatchNormalization(name="norm")
    x, y = norm(conv(a)), norm(conv(b))
    total = L.Add(name="total")([x, y, L.Conv2D(4, 1)(a)])
    one = L.Dense(2, name="one")(L.GlobalMaxPooling2D(keepdims=False)(total))
    two = L.Conv2D(2, 3, name="two")(total)
    return keras.Model({"b": b, "a": a}, {"two": two, "one": one}, name="shared")


def unknown():
    inputs = keras.Input((10, 10, 4))
    x = L.Conv2D(4, 3, activation="gelu")(inputs)
    x = L.DepthwiseConv2D(3, padding="same")(x)
    x = L.ReLU(max_value=6.0)(x)
    x = L.LayerNormalization()(x)
    y = L.LeakyReLU(negative_slope=0.2)(L.SeparableConv2D(4, 3, padding="same")(x))
    x = L.Concatenate()([x, y]) * 2.0
    x = L.Multiply()([x, L.Conv2D(1, 1, activation="sigmoid")(x)])
    x = L.Dropout(0.2, seed=3)(x)
    return keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(x)), name="unknown")


def mobile():
    """Depthwise and separable convolutions, with and without inner activations; one separable layer called twice."""
    inputs = keras.Input((12, 12, 3))
    x = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = L.BatchNormalization()(x)
    x = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu")(x)
    x = L.DepthwiseConv2D(3, dilation_rate=2, padding="same", use_bias=False)(x)
    x = L.BatchNormalization()(x)
    x = L.SeparableConv2D(6, 3, padding="same", activation="relu", depthwise_regularizer="l2", name="inner")(x)
    x = L.SeparableConv2D(6, (3, 5), strides=1, depth_multiplier=2, padding="same", use_bias=False)(x)
    twice = L.SeparableConv2D(6, 3, padding="same", activation="sigmoid", name="twice")
    x = L.Add()([twice(x), twice(twice(x))])
    return keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(x)), name="mobile")


def chain():
    layers = [L.SeparableConv2D(4, 3, padding="same"), L.DepthwiseConv2D(3), L.ReLU(), L.Flatten(), L.Dense(2)]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers], name="separable")


def nested():
    inner = keras.Sequential([keras.Input((8, 8, 4)), L.Conv2D(4, 3, padding="same"), L.BatchNormalization()], name="inner")
    inputs = keras.Input((8, 8, 3))
    x = L.Conv2D(4, 3, padding="same", name="before")(inputs)
    x = L.Add()([inner(x), inner(L.ReLU()(x))])
    start = keras.Input((8, 8, 4))
    other = keras.Model(start, L.Conv2D(4, 1)(L.BatchNormalization()(start)), name="other")
    y = other(other(x))
    return keras.Model(inputs, [L.Conv2D(2, 3, name="after")(y), inner(x), other(y), y], name="nested")


def branches():
    """Order by depth differs from the order of building, and there are more than ten of a class."""
    inputs = keras.Input((8, 8, 2))
    x = L.Conv2D(3, 3, padding="same", name="late")(inputs)
    deep = inputs
    for i in range(12):
        deep = L.Conv2D(3, 3, padding="same", name=f"deep{i}")(deep)
        deep = L.BatchNormalization()(deep)
    return keras.Model(inputs, L.Add()([x, deep]), name="branches")


def frozen():
    model = keras.Sequential([keras.Input((6, 6, 2)), L.Conv2D(3, 3), L.BatchNormalization(trainable=False), L.ReLU()])
    model.layers[0].trainable = False
    return model


def precision(policy):
    inputs = keras.Input((6, 6, 2))
    x = L.Conv2D(3, 3, dtype=policy, activation="relu")(inputs)
    x = L.BatchNormalization(dtype=policy)(x)
    return keras.Model(inputs, L.Activation("linear", dtype="float32")(x), name=policy)


def long_names():
    """More than the 64,512 bytes that one attribute of names may have."""
    layers = [L.Activation("linear", name=f"{'n' * 2000}{i:03}") for i in range(35)]
    return keras.Sequential([keras.Input((4, 4, 2)), L.Conv2D(2, 3, name="conv"), *layers])


save("sequential", sequential())
save("trained", trained())
save("residual", residual())
save("shared", shared())
save("unknown", unknown(), legacy=False)  # Keras itself cannot load `x * 2` from HDF5
save("mobile", mobile())
save("chain", chain())
save("nested", nested())
save("branches", branches(), legacy=False)
save("frozen", frozen())
save("mixed", precision("mixed_float16"), legacy=False)
save("half", precision("float16"), legacy=False)
save("brain", precision("bfloat16"), legacy=False)
save("names", long_names())
residual().save_weights(os.path.join(folder, "only.weights.h5"))
