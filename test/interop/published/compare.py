"""Loads models and says how their outputs differ from the first one's: compare.py FILE..."""

import json
import os
import sys

import keras
import numpy as np

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "keras"))
from count_macs import macs  # noqa: E402

first = None
found = []
for path in sys.argv[1:]:
    model = keras.models.load_model(path, compile=False)
    random = np.random.default_rng(5)
    inputs = [random.normal(size=[2 if d is None else d for d in t.shape]).astype("float32") for t in model.inputs]
    output = np.array(model(inputs, training=False)).astype("float64")
    first = output if first is None else first
    found.append(
        {
            "parameters": model.count_params(),
            "trainable": int(sum(np.prod(w.shape) for w in model.trainable_weights)),
            "macs": macs(model),
            "weights": len(model.weights),
            "convolutions": sum(type(layer).__name__ == "Conv2D" for layer in model.layers),
            "spread": float(np.abs(first).max()),
            "difference": float(np.abs(output - first).max()),
        }
    )
print(json.dumps(found))
