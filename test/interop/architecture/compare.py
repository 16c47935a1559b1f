"""Loads what was written, strictly, and says how far its output is: compare.py FOLDER CASES.json"""

import importlib.util
import json
import os
import sys

import torch

sys.path.insert(0, os.path.dirname(__file__))
from networks import CASES, Wrapped

folder, cases = sys.argv[1], json.load(open(sys.argv[2]))
torch.set_num_threads(1)


def generated(path):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def own(name, path):
    build, way, _, prefix = CASES[name]
    model = build()
    weights = torch.load(path, weights_only=True)
    model.load_state_dict({key.removeprefix(prefix): value for key, value in weights.items()}, strict=True)
    return (Wrapped(model) if way == "wrapped" else model).eval()


answers = []
for case in cases:
    name, path = case["network"], case["file"]
    values = torch.load(f"{folder}/{name}.values.pt")
    model = generated(case["module"]).load(path) if "module" in case else own(name, path)
    with torch.no_grad():
        y = model(values["input"])
    difference = (y - values["output"]).abs().max().item()
    answers.append({"case": case["case"], "difference": difference, "spread": values["output"].abs().max().item()})
print(json.dumps(answers))
