"""
Saves small networks that prepare their pixels themselves, and images in class folders: make_networks.py FOLDER
Prints JSON: accuracy and loss of each as Keras computes them of the images as they lie in the folder, pixels 0-255,
or divided by 255 for the networks that take them so.
"""

import json
import os
import sys

import keras
import numpy as np
from keras import layers as L
from PIL import Image

folder = sys.argv[1]
random = np.random.default_rng(5)
keras.utils.set_random_seed(5)
SIZE, CLASSES, EACH = (20, 24), 3, 7

for label in range(CLASSES):
    os.makedirs(f"{folder}/images/{label}")
    for i in range(EACH):
        pixels = random.integers(0, 256, (5, 6, 3)).astype("uint8").repeat(4, 0).repeat(4, 1)
        Image.fromarray(pixels).save(f"{folder}/images/{label}/{i}.png")
images = keras.utils.image_dataset_from_directory(
    f"{folder}/images", image_size=SIZE, shuffle=False, batch_size=32, verbose=False
)
pixels, labels = (np.concatenate(part) for part in zip(*((x, y) for x, y in images)))


def adapted(values):
    layer = L.Normalization()
    layer.adapt(values)
    return layer


def constants(x):
    """As preprocess_input in PyTorch's way, with a constant before the value and one at each side of a sum."""
    x = x / 255.0
    x = keras.ops.add(np.array([-0.485, -0.456, -0.406], "float32"), x)
    return 1.0 - x / np.array([0.229, 0.224, 0.225], "float32")


def resize_and_rescale(x):
    return keras.Sequential([keras.Input((*SIZE, 3)), L.Resizing(13, 9), L.Rescaling(1 / 255, name="inner")])(x)


WHOLE, UNIT = 1, 1 / 255
FRONTS = {
    "rescaling": (L.Rescaling(1 / 255), WHOLE),
    "resizing": (lambda x: L.RandomFlip("horizontal")(resize_and_rescale(x)), WHOLE),
    "nearest": (lambda x: L.Rescaling(1 / 127.5, -1)(L.Resizing(31, 17, interpolation="nearest")(x)), WHOLE),
    "padding": (lambda x: L.Rescaling(1 / 255)(L.ZeroPadding2D(2)(x)), WHOLE),
    "cropping": (lambda x: L.Rescaling(1 / 255)(L.Cropping2D(((1, 2), (3, 0)))(x)), WHOLE),
    "adapted": (adapted(pixels), WHOLE),
    "preprocess_input": (keras.applications.mobilenet_v2.preprocess_input, WHOLE),
    "constants": (constants, WHOLE),
    "adapted_to_one": (adapted(pixels / 255), UNIT),
    "centred": (L.Rescaling(2.0, -1.0), UNIT),
    "none": (lambda x: x, UNIT),
}

found = {}
for name, (front, scale) in FRONTS.items():
    image = keras.Input((*SIZE, 3))
    x = L.ReLU()(L.BatchNormalization()(L.Conv2D(6, 3, padding="same")(front(image))))
    model = keras.Model(image, L.Dense(CLASSES, activation="softmax")(L.GlobalAveragePooling2D()(x)))
    for weight in model.layers[-1].weights:
        weight.assign(random.normal(0, 2, weight.shape))
    model.save(f"{folder}/{name}.keras")
    chances = np.array(model(pixels * scale, training=False), "float64")
    right = chances.argmax(1) == labels
    loss = -np.log(chances[np.arange(len(labels)), labels]).mean()
    found[name] = {"scale": scale, "top1": 100 * right.mean(), "loss": loss}
print(json.dumps(found))
