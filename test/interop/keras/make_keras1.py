"""
Saves one model twice: as today's Keras has it, and as Keras 1.2 would have saved it: make_keras1.py NEW OLD
The old file's configuration follows the classes and get_config of Keras 1.2.2.
"""

import json
import sys

import h5py
import keras
import numpy as np
from keras import layers as L

new, old = sys.argv[1:]
random = np.random.default_rng(11)

inputs = keras.Input((13, 12, 3), name="input_1")
x = L.Conv2D(6, (3, 3), strides=2, padding="same", use_bias=False, name="convolution2d_1")(inputs)
x = L.BatchNormalization(epsilon=1e-5, name="batchnormalization_1")(x)
x = a = L.Activation("relu", name="activation_1")(x)
x = L.ZeroPadding2D((1, 1), name="zeropadding2d_1")(x)
x = L.Conv2D(6, (3, 3), activation="relu", name="convolution2d_2")(x)
x = L.Add(name="merge_1")([x, a])
x = L.MaxPooling2D((2, 2), name="maxpooling2d_1")(x)
x = L.Dropout(0.25, name="dropout_1")(x)
x = L.Flatten(name="flatten_1")(x)
x = L.Dense(4, activation="softmax", name="dense_1")(x)
model = keras.Model(inputs, x)
for v in model.variables:
    positive = "variance" in v.path
    v.assign(random.uniform(0.5, 2, v.shape) if positive else random.normal(0, 0.4, v.shape))
model.save(new)

REGULARIZER = {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.0001}


def conv(name, subsample, border_mode, activation, bias):
    return {
        "name": name, "trainable": True, "nb_filter": 6, "nb_row": 3, "nb_col": 3, "init": "glorot_uniform",
        "activation": activation, "border_mode": border_mode, "subsample": subsample, "dim_ordering": "tf",
        "W_regularizer": REGULARIZER, "b_regularizer": None, "activity_regularizer": None, "W_constraint": None,
        "b_constraint": None, "bias": bias,
    }  # fmt: skip


def layer(class_name, config, *inbound):
    nodes = [[[name, 0, 0] for name in inbound]] if inbound else []
    return {"class_name": class_name, "name": config["name"], "config": config, "inbound_nodes": nodes}


layers = [
    layer("InputLayer", {"batch_input_shape": [None, 13, 12, 3], "input_dtype": "float32", "sparse": False, "name": "input_1"}),
    layer("Convolution2D", conv("convolution2d_1", [2, 2], "same", "linear", False), "input_1"),
    layer("BatchNormalization", {
        "name": "batchnormalization_1", "trainable": True, "epsilon": 1e-5, "mode": 0, "axis": -1, "momentum": 0.99,
        "gamma_regularizer": None, "beta_regularizer": None, "gamma_init": "one", "beta_init": "zero",
    }, "convolution2d_1"),
    layer("Activation", {"name": "activation_1", "trainable": True, "activation": "relu"}, "batchnormalization_1"),
    layer("ZeroPadding2D", {"name": "zeropadding2d_1", "trainable": True, "padding": [1, 1], "dim_ordering": "tf"}, "activation_1"),
    layer("Convolution2D", conv("convolution2d_2", [1, 1], "valid", "relu", True), "zeropadding2d_1"),
    layer("Merge", {
        "name": "merge_1", "mode": "sum", "mode_type": "raw", "concat_axis": -1, "dot_axes": -1, "output_shape": None,
        "output_shape_type": "raw", "output_mask": None, "output_mask_type": "raw", "arguments": {},
    }, "convolution2d_2", "activation_1"),
    layer("MaxPooling2D", {
        "name": "maxpooling2d_1", "trainable": True, "pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid",
        "dim_ordering": "tf",
    }, "merge_1"),
    layer("Dropout", {"name": "dropout_1", "trainable": True, "p": 0.25}, "maxpooling2d_1"),
    layer("Flatten", {"name": "flatten_1", "trainable": True}, "dropout_1"),
    layer("Dense", {
        "name": "dense_1", "trainable": True, "output_dim": 4, "input_dim": None, "init": "glorot_uniform",
        "activation": "softmax", "W_regularizer": None, "b_regularizer": None, "activity_regularizer": None,
        "W_constraint": None, "b_constraint": None, "bias": True,
    }, "flatten_1"),
]  # fmt: skip
config = {"name": "model_1", "layers": layers, "input_layers": [["input_1", 0, 0]], "output_layers": [["dense_1", 0, 0]]}
NAMES = {"kernel": "W", "bias": "b", "gamma": "gamma", "beta": "beta", "moving_mean": "running_mean", "moving_variance": "running_std"}

with h5py.File(old, "w") as f:
    f.attrs["keras_version"] = b"1.2.2"
    f.attrs["model_config"] = json.dumps({"class_name": "Model", "config": config}).encode()
    group = f.create_group("model_weights")
    group.attrs["layer_names"] = [entry["name"].encode() for entry in layers]
    group.attrs["keras_version"] = b"1.2.2"
    for entry in layers:
        weights = model.get_layer(entry["name"]).weights
        names = [f"{entry['name']}_{NAMES[w.name]}" for w in weights]
        own = group.create_group(entry["name"])
        own.attrs["weight_names"] = [name.encode() for name in names]
        for name, w in zip(names, weights):
            own.create_dataset(name, data=np.array(w))
