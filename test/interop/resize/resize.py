"""Images as TensorFlow and Pillow resize them: resize.py FOLDER. Prints what comes out, as JSON."""

import json
import sys

import numpy as np
import tensorflow as tf
from PIL import Image

folder = sys.argv[1]
random = np.random.default_rng(3)
cases = []
# Smaller, larger, one of each, an odd factor, a single row and column; height, width, then those wanted.
for number, (height, width, to_height, to_width) in enumerate(
    [(23, 31, 8, 8), (6, 5, 16, 16), (40, 7, 9, 12), (17, 17, 16, 16), (1, 9, 4, 4), (64, 48, 5, 7)]
):
    for channels in (1, 3):
        pixels = random.integers(0, 256, (height, width, channels), dtype=np.uint8)
        picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
        name = f"{number}-{channels}.png"
        picture.save(f"{folder}/{name}")
        squash = tf.image.resize(pixels, (to_height, to_width), method="bilinear", antialias=False)
        smooth = np.asarray(picture.resize((to_width, to_height), Image.Resampling.BILINEAR))
        cases.append(
            {
                "name": name,
                "size": {"height": to_height, "width": to_width, "channels": channels},
                "squash": squash.numpy().ravel().tolist(),
                "antialias": smooth.ravel().tolist(),
            }
        )
print(json.dumps(cases))
