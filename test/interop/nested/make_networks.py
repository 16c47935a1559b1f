"""
Saves networks that have models among their layers, each as .keras and .h5: make_networks.py FOLDER
Prints JSON: for each network inputs, and the outputs that Keras computes of them.
"""

import json
import os
import sys

import keras
import numpy as np
from keras import layers as L

folder = sys.argv[1]
random = np.random.default_rng(13)


def randomise(model):
    """As after training: gamma of both signs, statistics far from where they start."""
    for v in model.variables:
        shape, name = tuple(v.shape), v.path if hasattr(v, "path") else v.name
        if "variance" in name:
            v.assign(random.uniform(0.1, 10, shape))
        elif "mean" in name:
            v.assign(random.uniform(-3, 3, shape))
        elif "gamma" in name:
            v.assign(random.uniform(0.1, 2, shape) * random.choice([-1, 1], shape))
        elif "float" in str(v.dtype):
            fan = max(int(np.prod(shape[:-1])), 1)
            v.assign(random.normal(0, 1, shape) / np.sqrt(fan))


def backbone(shape, name):
    """Functional: strided, depthwise and separable convolutions, a sum."""
    inputs = keras.Input(shape)
    x = L.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="stem")(inputs)
    x = L.ReLU(name="stem_relu")(L.BatchNormalization(name="stem_bn")(x))
    y = L.DepthwiseConv2D(3, padding="same", use_bias=False, name="dw")(x)
    y = L.BatchNormalization(name="dw_bn")(y)
    y = L.SeparableConv2D(6, 3, padding="same", activation="relu", name="sep")(y)
    return keras.Model(inputs, L.Add(name="sum")([x, y]), name=name)


def transfer():
    """As transfer learning has it: a frozen model called with training=False, and a head that is a model too."""
    base = backbone((16, 16, 3), "base")
    base.trainable = False
    inputs = keras.Input((16, 16, 3))
    x = base(L.Rescaling(1 / 127.5, offset=-1)(inputs), training=False)
    x = L.BatchNormalization(name="norm")(L.Conv2D(4, 3, padding="same", name="conv")(x))
    head = keras.Sequential([L.GlobalAveragePooling2D(), L.Dense(3), L.Activation("softmax")], name="head")
    return keras.Model(inputs, head(x), name="transfer")


def chain():
    """Models in a chain; the second one learnt the shape of its input when it was called."""
    layers = [L.Conv2D(4, 3, activation="relu", name="c"), L.Conv2D(4, (3, 5), padding="same"), L.Flatten(), L.Dense(2)]
    front = [keras.Input((16, 14, 3)), L.Conv2D(3, 3, padding="same", name="front")]
    first = backbone((16, 14, 3), "first")
    return keras.Sequential([*front, first, keras.Sequential(layers, name="second")], name="chain")


def siamese():
    """One model called on two inputs, and its outputs among those of the whole."""
    a, b = keras.Input((12, 12, 3), name="a"), keras.Input((12, 12, 3), name="b")
    layers = [keras.Input((12, 12, 3)), L.Conv2D(4, 3, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU()]
    encoder = keras.Sequential([*layers, L.Conv2D(5, 3)], name="encoder")
    x, y = encoder(a), encoder(b)
    return keras.Model([a, b], [L.Subtract()([x, y]), y, x], name="siamese")


def deep():
    """Models within models, called several times, of several inputs and outputs, some of one name."""
    def new_cell(name):
        conv, norm = L.Conv2D(4, 3, padding="same", name="conv"), L.BatchNormalization(name="bn")
        return keras.Sequential([keras.Input((10, 10, 4)), conv, norm], name=name)

    cell, last = new_cell("cell"), new_cell("cell")
    p, q = keras.Input((10, 10, 4)), keras.Input((10, 10, 4))
    conv = L.Conv2D(4, 3, padding="same", name="conv")
    pair = keras.Model([p, q], [L.Add()([cell(p), conv(q)]), L.Multiply()([cell(cell(q)), conv(p)])], name="pair")
    inputs = keras.Input((10, 10, 4))
    x, y = pair([inputs, L.Conv2D(4, 1)(inputs)])
    z, w = pair([y, x])
    return keras.Model(inputs, [w, L.Conv2D(2, 3, name="last")(L.Concatenate()([z, y])), last(w)], name="deep")


def partly():
    """A model of which some layers are frozen, and one that nobody outside knows."""
    inner = backbone((9, 9, 3), "inner")
    for name in ("stem_bn", "sep"):
        inner.get_layer(name).trainable = False
    noisy = keras.Sequential([keras.Input((5, 5, 6)), L.GaussianNoise(0.1), L.Conv2D(3, 3), L.BatchNormalization()], name="noisy")
    inputs = keras.Input((9, 9, 3))
    return keras.Model(inputs, noisy(inner(inputs)), name="partly")


def stored(value):
    array = np.array(value).astype("float64")
    return {"shape": array.shape, "data": array.ravel().tolist()}


facts = {}
for build in (transfer, chain, siamese, deep, partly):
    model = build()
    randomise(model)
    for ending in ("keras", "h5"):
        model.save(os.path.join(folder, f"{build.__name__}.{ending}"))
    inputs = [random.normal(size=(2, *t.shape[1:])).astype("float32") for t in model.inputs]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    facts[build.__name__] = {"inputs": [stored(x) for x in inputs], "outputs": [stored(y) for y in outputs]}
print(json.dumps(facts))
