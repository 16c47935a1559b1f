"""
Loads models and compares them: compare_models.py CASES.json
A case is {name, before, after, sizes?}, those of one model in a row; prints a JSON list of what differs.
Sizes of images that a model leaves open are taken from `sizes`, each in turn.
"""

import json
import sys
import warnings

import keras
import numpy as np

warnings.filterwarnings("ignore")
loaded = {}


def run(model, sizes):
    """Outputs on fixed inputs, flattened in Keras's order."""
    return [value for size in sizes for value in outputs(model, size)]


def outputs(model, size):
    random = np.random.default_rng(3)
    dims = lambda t: [2 if i == 0 and d is None else size if d is None else d for i, d in enumerate(t.shape)]
    values = [random.normal(size=dims(t)).astype("float32") for t in model.inputs]
    struct = getattr(model, "_inputs_struct", None)
    inputs = dict(zip(sorted(struct), values)) if isinstance(struct, dict) else values
    result = model(inputs[0] if isinstance(inputs, list) and len(inputs) == 1 else inputs, training=False)
    flat = [result[key] for key in sorted(result)] if isinstance(result, dict) else result
    return [np.array(value).astype("float64") for value in (flat if isinstance(flat, list) else [flat])]


def original(path, sizes):
    if path not in loaded:
        loaded.clear()
        keras.backend.clear_session()
        model = keras.models.load_model(path)
        loaded[path] = (model, run(model, sizes))
    return loaded[path]


def compared(case):
    sizes = case.get("sizes", [2])
    a, left = original(case["before"], sizes)
    b = keras.models.load_model(case["after"])
    right = run(b, sizes)
    return {
        "types": [type(a).__name__, type(b).__name__],
        "names": [a.name, b.name],
        "difference": max(float(np.abs(x - y).max()) for x, y in zip(left, right, strict=True)),
        "spread": max(float(np.abs(x).max()) for x in left),
        "layers": [layer.name for layer in a.layers] == [layer.name for layer in b.layers],
        "config": a.get_config() == b.get_config(),
        "compiled": a.get_compile_config() == b.get_compile_config(),
        "trainable": [len(a.trainable_weights), len(b.trainable_weights)],
        "learnt": sum(int(np.prod(w.shape)) for w in b.trainable_weights),
    }


def compare(case):
    try:
        return {"name": case["name"], **compared(case)}
    except Exception as error:
        return {"name": case["name"], "error": f"{type(error).__name__}: {error}"[:500]}


with open(sys.argv[1]) as file:
    cases = json.load(file)
print(json.dumps([compare(case) for case in cases]))
