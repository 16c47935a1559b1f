"""Loads what was written, strictly, and compares: compare.py FOLDER CASES.json

A case says which network's input and output to hold a file against: `module` is a generated module that loads it,
without one it is loaded into the network's own class. `alter` gives every block's branches random weights and statistics,
saves the file so and compares nothing.
"""

import importlib.util
import json
import os
import sys

import torch

sys.path.insert(0, os.path.dirname(__file__))
from networks import NETWORKS

folder, cases = sys.argv[1], json.load(open(sys.argv[2]))
torch.set_num_threads(1)


def generated(path):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def weights_of(path):
    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        return load_file(path)
    checkpoint = torch.load(path, weights_only=True)
    if "epoch" in checkpoint:
        # Whatever is plain data was kept, in order; an object of another class was not.
        assert list(checkpoint) == ["epoch", "state_dict", "optimizer", "name", "best", "history", "labels", "score"]
        rest = [checkpoint[key] for key in ("epoch", "name", "best", "history", "labels", "score")]
        assert rest == [7, "Größe", 93.5, [(1, 0.5), (2, None)], {"a", "b"}, 0.25], rest
        assert checkpoint["optimizer"]["param_groups"][0]["momentum"] == 0.9
    return checkpoint["state_dict"]


def own(name, path):
    model = NETWORKS[name][0]()
    weights = {key.removeprefix("module."): value for key, value in weights_of(path).items()}
    model.load_state_dict(weights, strict=True)
    return model.eval()


def alter(name, path, module):
    """Random branches; then the output of that is what a fusion must keep."""
    model = generated(module).load(path)
    generator = torch.Generator().manual_seed(5)
    for block in model.modules():
        if type(block).__name__ != "AsymmetricBlock":
            continue
        for norm in (block.square_bn, block.ver_bn, block.hor_bn):
            shape = norm.weight.shape
            sign = torch.randint(0, 2, shape, generator=generator) * 2 - 1
            norm.weight.data = (torch.rand(shape, generator=generator) + 0.3) * sign
            norm.bias.data = torch.randn(shape, generator=generator) * 0.3
            norm.running_mean = torch.randn(shape, generator=generator) * 0.3
            norm.running_var = torch.rand(shape, generator=generator) * 3 + 0.1
    values = torch.load(f"{folder}/{name}.values.pt")
    with torch.no_grad():
        values["output"] = model(values["input"])
    torch.save(values, f"{folder}/{name}.altered.pt")
    # Weights go back into the same file, which keeps what was noted there.
    return {key: value for key, value in model.state_dict().items()}


answers = []
for case in cases:
    name, path = case["network"], case["file"]
    if case.get("alter"):
        torch.save({"state_dict": alter(name, path, case["module"])}, case["alter"])
        continue
    values = torch.load(f"{folder}/{name}.{case.get('against', 'values')}.pt")
    model = generated(case["module"]).load(path) if "module" in case else own(name, path)
    with torch.no_grad():
        y = model(values["input"])
    difference = (y - values["output"]).abs().max().item()
    answers.append({"case": case["case"], "difference": difference, "spread": values["output"].abs().max().item()})
print(json.dumps(answers))
