"""
Loads models and compares them: compare_models.py CASES.json
A case is {name, before, after}, those of one model in a row; prints a JSON list of what differs.
"""

import json
import sys
import warnings

import keras
import numpy as np

warnings.filterwarnings("ignore")
loaded = {}


def run(model):
    """Outputs on a fixed input, flattened in Keras's order."""
    random = np.random.default_rng(3)
    values = [random.normal(size=[2 if d is None else d for d in t.shape]).astype("float32") for t in model.inputs]
    struct = getattr(model, "_inputs_struct", None)
    inputs = dict(zip(sorted(struct), values)) if isinstance(struct, dict) else values
    result = model(inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else inputs, training=False)
    flat = [result[key] for key in sorted(result)] if isinstance(result, dict) else result
    return [np.array(value).astype("float64") for value in (flat if isinstance(flat, list) else [flat])]


def original(path):
    if path not in loaded:
        loaded.clear()
        keras.backend.clear_session()
        model = keras.models.load_model(path)
        loaded[path] = (model, run(model))
    return loaded[path]


def compared(case):
    a, left = original(case["before"])
    b = keras.models.load_model(case["after"])
    right = run(b)
    return {
        "types": [type(a).__name__, type(b).__name__],
        "names": [a.name, b.name],
        "difference": max(float(np.abs(x - y).max()) for x, y in zip(left, right, strict=True)),
        "spread": max(float(np.abs(x).max()) for x in left),
        "layers": [layer.name for layer in a.layers] == [layer.name for layer in b.layers],
        "config": a.get_config() == b.get_config(),
        "compiled": a.get_compile_config() == b.get_compile_config(),
        "trainable": [len(a.trainable_weights), len(b.trainable_weights)],
    }


def compare(case):
    try:
        return {"name": case["name"], **compared(case)}
    except Exception as error:
        return {"name": case["name"], "error": f"{type(error).__name__}: {error}"[:500]}


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps([compare(case) for case in cases]))
