"""
Saves one model with every operator as an output, and networks of keras.applications: make_models.py FOLDER [NETWORK…]
Prints JSON: for each file its parameters, and for the first the input and the outputs that Keras computes.
"""

import json
import os
import sys

import keras
import numpy as np
from keras import layers as L

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "keras"))
from count_macs import macs  # noqa: E402

folder = sys.argv[1]
random = np.random.default_rng(11)
# Keras's own initialisers, too.
keras.utils.set_random_seed(11)


def randomise(model):
    """Fresh statistics hide mistakes; kernels stay as they start, so that deep networks keep their scale."""
    for layer in model.layers:
        for weight in layer.weights:
            kind, shape = weight.path.split("/")[-1], tuple(weight.shape)
            if kind in ("gamma", "moving_variance", "variance"):
                weight.assign(random.uniform(0.5, 1.5, shape))
            elif kind in ("beta", "bias", "moving_mean", "mean", "alpha"):
                weight.assign(random.normal(0, 0.2, shape))


ACTIVATIONS = [
    *("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "softplus", "softsign"),
    *("exponential", "hard_sigmoid", "hard_silu", "sigmoid", "softmax", "log_softmax", "linear"),
]


def every_operator():
    image = keras.Input((8, 7, 4), name="image")
    x = L.Conv2D(4, 3, padding="same", name="first")(image)
    wide = L.Rescaling(3.0, name="wide")(x)
    pooled = L.Conv2D(4, 1, activation="sigmoid", name="squeezed")(L.GlobalAveragePooling2D(keepdims=True)(x))
    outputs = [L.Activation(name, name=f"activation_{name}")(wide) for name in ACTIVATIONS]
    outputs += [L.Conv2D(3, 2, activation=name, name=f"inner_{name}")(x) for name in ("gelu", "silu", "leaky_relu")]
    outputs += [L.Dense(3, activation="hard_sigmoid", name="inner_dense")(x)]
    outputs += [
        wide / 2.0 - 1,
        1 - wide * np.array([0.5, 2, -1, 3], "float32"),
        keras.ops.divide(keras.ops.cast(wide, "float32"), 4) + np.ones((1, 1, 1, 4), "float32"),
        L.ReLU(6.0)(wide),
        L.ReLU(negative_slope=0.1)(wide),
        L.ReLU(0.8, 0.2, 0.3)(wide),
        L.ReLU(threshold=0.5)(wide),
        L.ReLU(1.5, negative_slope=0.4)(wide),
        L.LeakyReLU(0.17)(wide),
        L.PReLU(shared_axes=[1, 2])(wide),
        L.PReLU()(wide),
        L.ELU(0.6)(wide),
        L.Multiply()([x, pooled]),
        L.Multiply()([pooled, x, x]),
        L.Add()([x, pooled]),
        L.Subtract()([x, pooled]),
        L.Average()([x, wide, pooled]),
        L.Maximum()([x, pooled]),
        L.Minimum()([pooled, x]),
        L.Concatenate()([x, wide, x]),
        L.Concatenate(axis=1)([x, wide]),
        L.Reshape((-1, 8))(x),
        L.Permute((3, 1, 2))(x),
        L.UpSampling2D((2, 3))(x),
        L.UpSampling2D(2, interpolation="bilinear")(x),
        L.Resizing(5, 9)(x),
        L.Resizing(13, 4, interpolation="nearest")(x),
        L.Normalization()(x),
        L.LayerNormalization()(x),
        L.LayerNormalization(center=False, epsilon=1e-5)(x),
        L.GroupNormalization(2)(x),
        L.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, activation="tanh")(x),
        L.DepthwiseConv2D((3, 2), dilation_rate=2)(x),
        L.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, activation="relu6")(x),
        L.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu")(x),
        L.Conv2DTranspose(3, (3, 2), strides=(2, 3), padding="valid", use_bias=False)(x),
        L.Conv2DTranspose(2, (4, 3), strides=2, padding="same", output_padding=1)(x),
        L.Conv2DTranspose(2, 2, strides=3, padding="valid", output_padding=(1, 0))(x),
        L.Conv2DTranspose(2, 3, dilation_rate=2)(x),
        L.SpatialDropout2D(0.3)(x),
        L.Normalization(mean=[0.5, -1.0, 2.0, 0.1], variance=[0.2, 3.0, 1.0, 0.0])(x),
        L.Normalization(mean=0.4, variance=2.5)(x),
        L.Identity()(L.GaussianNoise(0.2)(x)),
        keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomZoom(0.2)], name="varied")(x),
        L.Dropout(0.2, noise_shape=(None, 1, 1, 1))(x),
    ]
    return keras.Model(image, outputs, name="operators")


def small_resnet_v2(shape):
    """ResNet50V2 with fewer and narrower blocks: every kind of its layers, a hundredth of its weights."""
    from keras.src.applications.resnet import ResNet, stack_residual_blocks_v2

    def stacks(x):
        x = stack_residual_blocks_v2(x, 8, 2, name="conv2")
        x = stack_residual_blocks_v2(x, 16, 3, name="conv3")
        return stack_residual_blocks_v2(x, 32, 2, stride1=1, name="conv4")

    return ResNet(stacks, preact=True, use_bias=True, include_top=True, name="resnetv2", **shape)


def save(name, model):
    randomise(model)
    model.save(os.path.join(folder, f"{name}.keras"))
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    facts[name] = {"parameters": model.count_params(), "trainable": trainable, "macs": macs(model)}


facts = {}
save("operators", every_operator())
# Loaded again, because a Normalization layer looks at its statistics when it is loaded.
model = keras.models.load_model(os.path.join(folder, "operators.keras"))
values = random.normal(size=(2, 8, 7, 4)).astype("float32")
results = [np.array(value).astype("float64") for value in model(values, training=False)]
# Logits: with random weights they are so large that a softmax is either 1 for one class whatever comes before it, or
# makes the rounding of float32 ten times as large.
shape = {"input_shape": (64, 64, 3), "weights": None, "classes": 10, "classifier_activation": None}
networks = {
    "mobilenetv2": lambda: keras.applications.MobileNetV2(**shape),
    "efficientnetb0": lambda: keras.applications.EfficientNetB0(**shape),
    "resnetv2": lambda: small_resnet_v2(shape),
}
for name in sys.argv[2:] or networks:
    save(name, networks[name]())
outputs = [{"shape": value.shape, "data": value.ravel().tolist()} for value in results]
print(json.dumps({"facts": facts, "input": values.ravel().tolist(), "outputs": outputs}))
