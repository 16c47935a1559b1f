"""Saves networks, their exports as ONNX and what they give: make.py FOLDER SITE_PACKAGES_OF_ONNX"""

import os
import sys
import warnings

import torch

sys.path.insert(0, os.path.dirname(__file__))
# At the end: all else is this environment's own.
sys.path.append(sys.argv[2])
from networks import CASES, Wrapped, randomised

folder = sys.argv[1]
warnings.simplefilter("ignore")
torch.set_num_threads(1)
for number, (name, (build, way, same, prefix)) in enumerate(CASES.items()):
    torch.manual_seed(number)
    model = randomised(build(), number)
    # Weights of a new network are alike in many places, and the exporter joins what is alike.
    exported = model if same else build().eval()
    if way == "wrapped":
        exported = Wrapped(exported).eval()
    x = torch.randn(2, 3, 16, 16)
    settings = {}
    if way != "folded":
        settings = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    torch.onnx.export(exported, x[:1], f"{folder}/{name}.onnx", dynamo=False, **settings)
    whole = Wrapped(model).eval() if way == "wrapped" else model
    with torch.no_grad():
        y = whole(x)
    torch.save({prefix + key: value for key, value in model.state_dict().items()}, f"{folder}/{name}.pth")
    torch.save({"input": x, "output": y}, f"{folder}/{name}.values.pt")
    x.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{folder}/{name}.input")
    y.numpy().tofile(f"{folder}/{name}.output")
